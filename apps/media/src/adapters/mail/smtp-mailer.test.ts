import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { makeAuthority } from '../../../../../test/service/authority.ts'
import { startMailServer } from '../../../../../tools/servers/smtp.ts'
import { keptMailsOf } from '../../mail/testing/kept-mails.ts'
import { aMail, sender, testMailer } from '../../mail/testing/mailer-contract.ts'
import { parseSmtpUrl } from './smtp-address.ts'
import { createSmtpMailer } from './smtp-mailer.ts'

const url = process.env['HOLDFAST_TEST_SMTP_URL'] ?? ''
const folder = process.env['HOLDFAST_TEST_SMTP_FOLDER'] ?? ''
const skip = (url === '' || folder === '') && 'no HOLDFAST_TEST_SMTP_URL'
const whole = new AbortController().signal

const openMailer = (address: string, patienceMs = 10_000) => createSmtpMailer({ address: parseSmtpUrl(address), from: sender, patienceMs })

testMailer(async () => ({ mailer: openMailer(url), folder }), { skip })

test('what the server says of one mail is of that mail alone, and told without its address', { skip }, async () => {
  const mailer = openMailer(url)
  const sendTo = (address: string) => mailer.send(aMail({ to: { address } }), whole)
  await assert.rejects(sendTo('550-nobody@user.example'), {
    fault: 'refused',
    message: /^the mail server refused RCPT TO: 550 no mail for <…>$/,
  })
  await assert.rejects(sendTo('450-nobody@user.example'), { fault: 'deferred', message: /: 450 / })
  await assert.rejects(sendTo('greylisted-ann@user.example'), { fault: 'deferred' })
  await sendTo('greylisted-ann@user.example')
  await assert.rejects(sendTo('no address'), { fault: 'refused' })
})

test('one that is dead, silent or does not let us in is away', { skip }, async () => {
  await using server = await startMailServer()
  const away = (address: string, message: RegExp, patienceMs?: number) =>
    assert.rejects(openMailer(address, patienceMs).send(aMail(), whole), { fault: 'away', message })
  await away(server.url.replace('//', '//user:wrong@'), /^the mail server refused AUTH \w+: 535 this is not the password$/)
  await openMailer(server.url.replace('//', '//user:right@')).send(aMail(), whole)
  await server.stall()
  await away(server.url, /cannot be used \(ETIMEDOUT\)/, 300)
  await server.resume()
  await server.kill()
  await away(server.url, /cannot be used \(E\w+\)/)
  await assert.rejects(openMailer(server.url).check(), { fault: 'away' })
  await server.start()
  await openMailer(server.url).check()
})

test('a mail that nobody waits for any more is given up', { skip }, async () => {
  await using server = await startMailServer()
  await server.stall()
  await assert.rejects(openMailer(server.url).send(aMail(), AbortSignal.timeout(100)), { fault: 'away', message: /EABORT/ })
})

test('a password goes over TLS alone, to a server whose certificate is of the authority that is named', { skip }, async (t) => {
  const files = await mkdtemp(join(tmpdir(), 'holdfast-smtp-'))
  t.after(() => rm(files, { recursive: true }))
  const [ours, another] = [await makeAuthority(files, 'ours'), await makeAuthority(files, 'another')]
  const tls = await ours.certify('localhost', files)
  await using server = await startMailServer({ tls })
  const at = `user:right@localhost:${new URL(server.url).port}`
  const mail = aMail()
  await openMailer(`smtp://${at}?cacertfile=${ours.ca}`).send(mail, whole)
  assert.equal((await keptMailsOf(server.folder, mail.id)).length, 1)
  await assert.rejects(openMailer(`smtp://${at}?cacertfile=${another.ca}`).check(), {
    fault: 'away',
    message: /certificate|CERT|ETLS|ESOCKET/,
  })
  await assert.rejects(openMailer(`${url}?cacertfile=${ours.ca}`).check(), { fault: 'away', message: /ETLS|STARTTLS/ })
})

test('an address says whether TLS is wanted', () => {
  assert.deepEqual(parseSmtpUrl('smtp://mail.example'), {
    ...{ host: 'mail.example', port: 25, auth: undefined },
    secure: false,
    requireTLS: false,
    tls: {},
  })
  assert.deepEqual(parseSmtpUrl('smtps://a%40b:canary@mail.example'), {
    ...{ host: 'mail.example', port: 465, auth: { user: 'a@b', pass: 'canary' } },
    ...{ secure: true, requireTLS: false, tls: {} },
  })
  assert.equal(parseSmtpUrl('smtp://user:canary@mail.example:587').requireTLS, true)
  for (const wrong of ['smtp://h/path', 'smtp://h?tls=no', 'smtp://h?cacertfile=/nowhere']) assert.throws(() => parseSmtpUrl(wrong), Error)
})
