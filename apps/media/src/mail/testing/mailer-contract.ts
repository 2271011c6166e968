import assert from 'node:assert/strict'
import test from 'node:test'
import { writeLetter } from '../letter.ts'
import type { Mail, Mailer } from '../mailer.ts'
import { headerOf, keptMailsOf } from './kept-mails.ts'

export interface OpenedMailer {
  readonly mailer: Mailer
  /** Where the mails arrive. */
  readonly folder: string
}

/** What the mailers of a suite send from. */
export const sender = 'media@holdfast.example'

export const aMail = (own: Partial<Mail> = {}): Mail => ({
  id: crypto.randomUUID(),
  correlationId: 'story-0001',
  to: { name: 'Ann', address: 'ann@user.example' },
  ...{ subject: 'A subject', text: 'Words\n', html: '<p>Words</p>\n' },
  ...own,
})

const whole = new AbortController().signal

/** What every mailer does. */
export function testMailer(open: () => Promise<OpenedMailer>, options: { readonly skip?: string | false } = {}): void {
  const sent = async (own: Partial<Mail>) => {
    const { mailer, folder } = await open()
    const mail = aMail(own)
    await mailer.send(mail, whole)
    const kept = await keptMailsOf(folder, mail.id)
    assert.equal(kept.length, 1)
    const [only] = kept
    assert.ok(only)
    return only
  }

  test('a mail arrives as text and as HTML, and says whose story it is', options, async () => {
    const mail = await sent({})
    assert.deepEqual([mail.from?.address, mail.to], [sender, [{ name: 'Ann', address: 'ann@user.example' }]])
    assert.deepEqual([mail.subject, mail.text?.trim(), mail.html?.trim()], ['A subject', 'Words', '<p>Words</p>'])
    assert.deepEqual([headerOf(mail, 'x-correlation-id'), headerOf(mail, 'auto-submitted')], ['story-0001', 'auto-generated'])
    assert.match(mail.messageId ?? '', /@holdfast\.example>$/)
  })

  test('a mail that is sent again has the same Message-ID', options, async () => {
    const { mailer, folder } = await open()
    const mail = aMail()
    for (let time = 0; time < 2; time++) await mailer.send(mail, whole)
    const kept = await keptMailsOf(folder, mail.id)
    assert.equal(new Set(kept.map(({ messageId }) => messageId)).size, 1)
  })

  test('names, subjects and addresses in any script arrive as they are', options, async () => {
    const name = 'Zoë Müller 张伟 🚢'
    const mail = await sent({ to: { name, address: 'zoe@m\u00fcller.example' }, subject: 'Là où 張偉 est 🚢'.repeat(10), text: 'Ça' })
    assert.deepEqual([mail.to?.[0]?.name, mail.subject, mail.text?.trim()], [name, 'Là où 張偉 est 🚢'.repeat(10), 'Ça'])
    assert.match(mail.to?.[0]?.address ?? '', /^zoe@(xn--mller-kva|müller)\.example$/)
    for (const line of mail.raw.split('\r\n')) assert.ok(line.length <= 998, 'a line is longer than RFC 5322 allows')
  })

  test('no name, subject or word becomes a header, an address or markup', options, async () => {
    const hostile = 'Eve\r\nBcc: victim@user.example\r\n\r\n<script>"x"</script> <eve@other.example>, b@other.example'
    const letter = writeLetter('en', { subject: hostile, body: [hostile, [hostile]] })
    const mail = await sent({ to: { name: hostile, address: 'eve@user.example' }, ...letter })
    assert.deepEqual([mail.to?.length, mail.to?.[0]?.address, mail.cc, mail.bcc], [1, 'eve@user.example', undefined, undefined])
    assert.equal(headerOf(mail, 'bcc'), undefined)
    assert.match(mail.subject ?? '', /^Eve Bcc: victim@user\.example <script>/)
    assert.ok(!mail.html?.includes('<script>') && mail.html?.includes('&lt;script&gt;&quot;x&quot;&lt;/script&gt;'))
    assert.equal(mail.text?.trim().split('\n').length, 3)
  })

  test('it can be asked whether it would take mails', options, async () => {
    const { mailer } = await open()
    await mailer.check()
  })
}
