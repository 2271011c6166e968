import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askPasswordReset } from './ask-password-reset.ts'
import { createUser } from './create-user.ts'
import { disableUser } from './disable-user.ts'
import { addPasswordReset, invitationTtlMs, resetMemoryMs, resetTtlMs } from './password-reset.ts'
import { patchUser } from './patch-user.ts'
import { pruneCredentials } from './prune-credentials.ts'
import { resetPassword } from './reset-password.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'

const email = 'ann@example.org'
const other = 'another long password'

async function openReset(t: Parameters<typeof openTestAccounts>[0]) {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser(email, ['viewer'])
  /** As the mail's handler does. */
  const send = (id: string, to = userId, askedAt = house.clock()) =>
    house.inTransaction((tx) => addPasswordReset(tx, { id, userId: to, askedAt }))
  const sent = async (id = crypto.randomUUID()) => (await send(id)) ?? assert.fail('nothing was sent')
  return { ...house, userId, send, sent, reset: (token: string) => resetPassword(house, { token, password: other }) }
}

test('the token of a mail sets a password, once, ends sessions and locks, and no database holds it', async (t) => {
  const house = await openReset(t)
  const { accessToken } = await logInFrom(house, { email, password })
  for (let n = 0; n < 10; n += 1) await assert.rejects(logInFrom(house, { email, password: 'wrong' }))
  const token = await house.sent()
  const spare = await house.sent()
  assert.match(token, /^hfp_[\w-]{43}$/)
  assert.ok(!JSON.stringify(await house.read.all('SELECT * FROM password_reset')).includes(token))

  const outcomes = await Promise.allSettled([house.reset(token), house.reset(token), house.reset(token)])
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await logInFrom(house, { email, password: other })
  await assert.rejects(logInFrom(house, { email, password }), failure('auth.credentials_invalid'))
  for (const used of [token, spare, '', 'hfp_']) {
    await assert.rejects(house.reset(used), failure('user.reset_token_invalid', 'unprocessable'))
  }
  const rows = await house.read.all("SELECT 1 FROM audit WHERE action = 'user.password_reset' AND subject_id = ?", [house.userId])
  assert.equal(rows.length, 1)
})

test('it lives for half an hour from the question, and not beyond another address or a disabled user', async (t) => {
  const house = await openReset(t)
  const token = await house.sent()
  house.advance(resetTtlMs)
  await assert.rejects(house.reset(token), failure('user.reset_token_invalid'))
  assert.equal(await house.send(crypto.randomUUID(), house.userId, house.clock() - resetTtlMs), undefined, 'a mail that comes too late')
  const toOld = await house.sent()
  await house.inTransaction((tx) => patchUser(tx, house.administrator, house.userId, { email: 'new@example.org' }))
  await assert.rejects(house.reset(toOld), failure('user.reset_token_invalid'))
  const last = await house.sent()
  await house.inTransaction((tx) => disableUser(tx, house.administrator, house.userId))
  await assert.rejects(house.reset(last), failure('user.reset_token_invalid'))
  assert.equal(await house.send(crypto.randomUUID()), undefined, 'to a disabled user')
})

test('a mail that is sent again holds another token, and a mailbox gets three an hour', async (t) => {
  const house = await openReset(t)
  const first = await house.sent('7b0f6ab6-61f0-4d83-8a5c-0f0d0f0f0f0f')
  const again = await house.sent('7b0f6ab6-61f0-4d83-8a5c-0f0d0f0f0f0f')
  await assert.rejects(house.reset(first), failure('user.reset_token_invalid'))
  for (let more = 0; more < 2; more++) await house.sent()
  assert.equal(await house.send(crypto.randomUUID()), undefined)
  await house.reset(again)
  assert.equal(await house.send('7b0f6ab6-61f0-4d83-8a5c-0f0d0f0f0f0f'), undefined, 'it was used, and is sent to nobody again')
  house.advance(resetMemoryMs + 1)
  assert.equal(await pruneCredentials(house), 3)
  await house.sent()
})

test('who was made without a password is invited to choose one, for a week, and may ask for a mail afterwards', async (t) => {
  const house = await openReset(t)
  const make = (address: string) => ({ email: address, name: 'Bob', roles: ['viewer'], passwordHash: null }) as const
  const [bob, eve] = await house.inTransaction(async (tx) => [
    await createUser(tx, house.administrator, make('bob@example.org')),
    await createUser(tx, house.administrator, make('eve@example.org')),
  ])
  const invite = (userId: string, askedAt = house.clock(), id: string = crypto.randomUUID()) =>
    house.inTransaction((tx) => addPasswordReset(tx, { id, userId, askedAt, isInvitation: true }))
  assert.equal(await invite(house.userId), undefined, 'who has a password is invited by nobody')
  const ofBob = [bob?.id ?? '', house.clock(), crypto.randomUUID()] as const
  const first = (await invite(...ofBob)) ?? assert.fail('nobody was invited')
  const late = (await invite(eve?.id ?? '')) ?? assert.fail('nobody was invited')
  house.advance(resetMemoryMs + 1)
  assert.equal(await pruneCredentials(house), 0)
  const again = (await invite(...ofBob)) ?? assert.fail('a mail that went out late holds no token')
  await assert.rejects(house.reset(first), failure('user.reset_token_invalid'))
  await house.reset(again)
  await logInFrom(house, { email: 'bob@example.org', password: other })
  house.advance(invitationTtlMs)
  await assert.rejects(house.reset(late), failure('user.reset_token_invalid'))
  assert.equal(await invite(eve?.id ?? '', house.clock() - invitationTtlMs), undefined, 'a mail that comes too late')
  await house.reset((await house.send(crypto.randomUUID(), eve?.id)) ?? assert.fail('nothing was sent'))
  await logInFrom(house, { email: 'eve@example.org', password: other })
  assert.ok((await pruneCredentials(house)) > 0)
  const rows = await house.read.all("SELECT 1 FROM audit WHERE action = 'user.invited'")
  assert.equal(rows.length, 2)
})

test('who asks for an address that nobody has causes as much as who asks for one that somebody has, but no mail', async (t) => {
  const house = await openReset(t)
  const payloads = async () =>
    (await house.read.all<{ payload: string }>("SELECT payload FROM message WHERE name = 'mail.password-reset.v1' ORDER BY id")).map(
      ({ payload }) => JSON.parse(payload) as { userId: string },
    )
  for (const address of [email, 'nobody@example.org', 'no address']) await askPasswordReset(house, { email: address })
  const [ann, nobody, nothing] = await payloads()
  assert.equal(ann?.userId, house.userId)
  for (const { userId } of [nobody, nothing].map((payload) => payload ?? assert.fail())) {
    assert.match(userId, /^[\da-f-]{36}$/)
    assert.equal(await house.send(crypto.randomUUID(), userId), undefined)
  }
})
