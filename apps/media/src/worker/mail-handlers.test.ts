import assert from 'node:assert/strict'
import test from 'node:test'
import { createApiKey } from '../accounts/create-api-key.ts'
import { createUser } from '../accounts/create-user.ts'
import { disableUser } from '../accounts/disable-user.ts'
import { invitationTtlMs } from '../accounts/password-reset.ts'
import { resetPassword } from '../accounts/reset-password.ts'
import { setPassword } from '../accounts/set-password.ts'
import { logInFrom, password } from '../accounts/test-accounts.ts'
import { parseSmtpUrl } from '../adapters/mail/smtp-address.ts'
import { createSmtpMailer } from '../adapters/mail/smtp-mailer.ts'
import { keptMails } from '../mail/testing/kept-mails.ts'
import { openMailRoom } from '../mail/testing/open-mail-room.ts'

const url = process.env['HOLDFAST_TEST_SMTP_URL'] ?? ''
const folder = process.env['HOLDFAST_TEST_SMTP_FOLDER'] ?? ''
const skip = (url === '' || folder === '') && 'no HOLDFAST_TEST_SMTP_URL'

const smtp = (address: string) => createSmtpMailer({ address: parseSmtpUrl(address), from: 'media@holdfast.example', patienceMs: 10_000 })
const minutes = 60_000

test('a new user is welcomed once, in the language of the house', async (t) => {
  const room = await openMailRoom(t)
  await room.addUser('ann@user.example', ['editor'])
  await room.work()
  const [mail, ...more] = await room.mails()
  assert.deepEqual([more, mail?.to, mail?.subject], [[], [{ name: 'Someone', address: 'ann@user.example' }], 'Welcome to Holdfast'])
  assert.match(mail?.text ?? '', /Hello Someone,\n\nyou have an account at https:\/\/media\.example/)
  await room.addUser('zoe@user.example', ['viewer'])
  await room.work({ language: 'fr' })
  const [french] = await room.mailsTo('zoe@user.example')
  assert.equal(french?.subject, 'Bienvenue sur Holdfast')
  assert.match(french?.html ?? '', /<html lang="fr">[\s\S]*avec l’adresse zoe@user\.example/)
  assert.doesNotMatch(mail?.text ?? '', /password/)
})

test('who is welcomed without a password chooses one by the link in the mail', async (t) => {
  const room = await openMailRoom(t)
  const user = { email: 'bob@user.example', name: 'Bob', roles: ['viewer'], passwordHash: null } as const
  await room.inTransaction((tx) => createUser(tx, room.administrator, user))
  await room.work()
  const [{ text = '', html = '' } = {}, ...more] = await room.mailsTo('bob@user.example')
  assert.deepEqual(more, [])
  const [, token = ''] = /by this link.*\n\nhttps:\/\/media\.example\/password-reset#(hfp_[\w-]{43})\n\nLater, ask/.exec(text) ?? []
  assert.ok(html.includes(`<a href="https://media.example/password-reset#${token}">`))
  await resetPassword(room, { token, password })
  await logInFrom(room, { email: user.email, password })
})

test('who is welcomed too late for the link is told how to get one', async (t) => {
  const room = await openMailRoom(t)
  const user = { email: 'bob@user.example', name: 'Bob', roles: ['viewer'], passwordHash: null } as const
  await room.inTransaction((tx) => createUser(tx, room.administrator, user))
  room.advance(invitationTtlMs)
  await room.work({ language: 'fr' })
  const [mail] = await room.mailsTo('bob@user.example')
  assert.match(mail?.text ?? '', /\n\nPlus tard, demandez un autre lien/)
  assert.doesNotMatch(mail?.text ?? '', /password-reset#/)
})

test('whose password was changed is told of it', async (t) => {
  const room = await openMailRoom(t)
  const { userId } = await room.addUser('ann@user.example', ['viewer'])
  await room.inTransaction((tx) => setPassword(tx, room.administrator, userId, 'hash'))
  await room.work({ language: 'fr' })
  const [mail, ...more] = (await room.mailsTo('ann@user.example')).filter(({ subject }) => /mot de passe/.test(subject ?? ''))
  assert.deepEqual([more, mail?.subject], [[], 'Votre mot de passe a été changé'])
  assert.match(mail?.text ?? '', /compte sur https:\/\/media\.example a été changé/)
  assert.ok(!mail?.raw.includes('hash'))
})

test('the owner of a new key is told of it, and never the key', async (t) => {
  const room = await openMailRoom(t)
  const ann = await room.addUser('ann@user.example', ['editor'])
  const input = { name: 'Nightly <b>job</b>', expiresAt: new Date(room.clock() + 1).toISOString() }
  const { key } = await room.inTransaction((tx) => createApiKey(tx, { ...ann, via: 'token' }, input))
  await room.work()
  const [mail] = (await room.mailsTo('ann@user.example')).filter(({ subject }) => subject === 'A new API key of yours')
  assert.ok(mail)
  assert.match(
    mail.text ?? '',
    /- Name: Nightly <b>job<\/b>\n {2}- Begins with: hf_.{8}\n {2}- May act as: editor\n {2}- Expires: November 20, 2026/,
  )
  assert.match(mail.html ?? '', /<li>Name: Nightly &lt;b&gt;job&lt;\/b&gt;<\/li>/)
  assert.ok(!mail.raw.includes(key))
})

test('who is disabled, or has the address of the first run, gets none', async (t) => {
  const room = await openMailRoom(t)
  const ann = await room.addUser('ann@user.example', ['editor'])
  await room.inTransaction((tx) => disableUser(tx, room.administrator, ann.userId))
  await room.inTransaction((tx) => createApiKey(tx, { ...room.administrator, via: 'token' }, { name: 'key' }))
  await room.work()
  assert.deepEqual([await room.mails(), (await room.failed.list()).items], [[], []])
})

test('what the server refuses goes to the failed store after one attempt', { skip }, async (t) => {
  const room = await openMailRoom(t)
  await room.addUser('550-nobody@user.example', ['editor'])
  await room.work({ mailer: smtp(url) })
  const [failed] = (await room.failed.list()).items
  assert.deepEqual([failed?.name, failed?.attempt], ['mail.welcome.v1', 1])
  assert.match(failed?.lastError ?? '', /refused RCPT TO: 550 no mail for <…>/)
})

test('what the server puts off is sent later, once', { skip }, async (t) => {
  const room = await openMailRoom(t)
  const address = `greylisted-${crypto.randomUUID()}@user.example`
  await room.addUser(address, ['editor'])
  const arrived = async () => (await keptMails(folder)).filter(({ to }) => to?.[0]?.address === address).length
  await room.work({ mailer: smtp(url) })
  assert.equal(await arrived(), 0)
  room.advance(6_000)
  for (let time = 0; time < 2; time++) await room.work({ mailer: smtp(url) })
  assert.deepEqual([await arrived(), (await room.failed.list()).items], [1, []])
})

test('while no server is there mails wait, ever longer, and are given up after two days', async (t) => {
  const room = await openMailRoom(t)
  await room.addUser('ann@user.example', ['editor'])
  const nobody = { mailer: smtp('smtp://127.0.0.1:9') }
  const dueInMs: number[] = []
  for (let attempt = 0; attempt < 10; attempt++) {
    await room.work(nobody)
    const [next] = (await room.schedule.list()).items
    dueInMs.push((next?.dueAt ?? 0) - room.clock())
    room.advance(dueInMs.at(-1) ?? 0)
  }
  assert.deepEqual(
    dueInMs,
    [5, 5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1_000),
  )
  room.advance(2 * 24 * 60 * minutes)
  await room.work(nobody)
  assert.match((await room.failed.list()).items[0]?.lastError ?? '', /the mail server cannot be used/)
  await room.failed.retry({})
  await room.work()
  assert.equal((await room.mails()).length, 1, 'an operator sends it round again')
})
