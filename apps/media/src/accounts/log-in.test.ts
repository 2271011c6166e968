import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changePassword, preparePasswordChange } from './change-password.ts'
import { disableUser } from './disable-user.ts'
import { enableUser } from './enable-user.ts'
import { logIn } from './log-in.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { setPassword } from './set-password.ts'
import { failure, openTestAccounts, password } from './test-accounts.ts'

test('the first administrator logs in and is who the token says', async (t) => {
  const house = await openTestAccounts(t)
  const tokens = await logIn(house, house.credentials)
  const principal = await house.authenticate(tokens.accessToken)
  assert.equal(principal.userId, house.administrator.userId)
  assert.equal(principal.tenantId, house.administrator.tenantId)
  assert.deepEqual(principal.roles, ['admin', 'ops'])
  assert.equal(principal.via, 'token')
  assert.equal(tokens.expiresIn, 900)
})

test('case of the address does not matter; an unknown address, a wrong password and a user without one are told alike', async (t) => {
  const house = await openTestAccounts(t)
  await house.addUser('Ann@Example.org', ['viewer'])
  await logIn(house, { email: 'aNN@example.ORG', password })
  const wrong = [
    { email: 'ann@example.org', password: 'not the password' },
    { email: 'nobody@example.org', password },
    { email: 'no address', password },
  ]
  for (const input of wrong) await assert.rejects(logIn(house, input), failure('auth.credentials_invalid', 'unauthenticated'))
})

test('a disabled user is out at once, with token and password; enabled again, the password counts but not the old session', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser('ann@example.org', ['viewer'])
  const { accessToken } = await logIn(house, { email: 'ann@example.org', password })
  await house.authenticate(accessToken)
  const disabled = await house.inTransaction((tx) => disableUser(tx, house.administrator, userId))
  assert.equal(disabled.disabledAt, house.clock())
  assert.deepEqual(await house.inTransaction((tx) => disableUser(tx, house.administrator, userId)), disabled)
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await assert.rejects(logIn(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
  await house.inTransaction((tx) => enableUser(tx, house.administrator, userId))
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await logIn(house, { email: 'ann@example.org', password })
})

test('ten failures in a row lock the address, known or not, for a time that doubles', async (t) => {
  const house = await openTestAccounts(t)
  await house.addUser('ann@example.org', ['viewer'])
  for (const email of ['ann@example.org', 'nobody@example.org']) {
    const wrong = { email, password: 'not the password' }
    for (let n = 0; n < 10; n += 1) await assert.rejects(logIn(house, wrong), failure('auth.credentials_invalid'))
    await assert.rejects(logIn(house, { email, password }), { code: 'auth.locked_out', kind: 'rate_limited', retryAfterSeconds: 30 })
    house.advance(30_000)
    await assert.rejects(logIn(house, wrong), failure('auth.credentials_invalid'))
    await assert.rejects(logIn(house, { email, password }), { code: 'auth.locked_out', retryAfterSeconds: 60 })
  }
  house.advance(60_000)
  await logIn(house, { email: 'ann@example.org', password })
  await assert.rejects(logIn(house, { email: 'ann@example.org', password: 'not it' }), failure('auth.credentials_invalid'))
  await logIn(house, { email: 'ann@example.org', password })
})

test('a crowd of guesses is stopped as early as guesses in a row, but for one that was under way', async (t) => {
  const house = await openTestAccounts(t)
  const guesses = Array.from({ length: 100 }, (_, n) => logIn(house, { email: house.credentials.email, password: `guess number ${n}` }))
  const outcomes = (await Promise.allSettled(guesses)).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)
  const tried = outcomes.filter((code) => code === 'auth.credentials_invalid').length
  assert.ok(tried >= 10 && tried <= 11, `${tried} guesses were tried`)
  assert.equal(outcomes.filter((code) => code === 'auth.locked_out').length, 100 - tried)
})

test('200 good log-ins at once all succeed', async (t) => {
  const house = await openTestAccounts(t)
  const tokens = await Promise.all(Array.from({ length: 200 }, () => logIn(house, house.credentials)))
  assert.equal(new Set(tokens.map(({ refreshToken }) => refreshToken)).size, 200)
})

test('a hash made with older parameters is made anew at log-in', async (t) => {
  const house = await openTestAccounts(t)
  const stronger = { ...house, passwords: createPasswordHashing({ costExponent: 5 }) }
  await logIn(stronger, house.credentials)
  const row = await house.read.get<{ password_hash: string }>('SELECT password_hash FROM user WHERE id = ?', [house.administrator.userId])
  assert.match(row?.password_hash ?? '', /ln=5,/)
  await logIn(stronger, house.credentials)
})

test('changing the password takes the present one, once, and ends every session', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const { accessToken } = await logIn(house, { email: 'ann@example.org', password })
  const newPassword = 'another long password'
  await assert.rejects(
    preparePasswordChange(house, ann, { currentPassword: 'not the password', newPassword }),
    failure('user.password_wrong', 'forbidden'),
  )
  const change = await preparePasswordChange(house, ann, { currentPassword: password, newPassword })
  await house.inTransaction((tx) => changePassword(tx, ann, change))
  await assert.rejects(
    house.inTransaction((tx) => changePassword(tx, ann, change)),
    failure('user.changed', 'conflict'),
  )
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await assert.rejects(logIn(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
  await logIn(house, { email: 'ann@example.org', password: newPassword })
})

test('an administrator sets a forgotten password, but not that of an operator above them', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const eve = await house.addUser('eve@example.org', ['admin'])
  const hash = await house.passwords.hash('a password made by eve')
  await house.inTransaction((tx) => setPassword(tx, eve, ann.userId, hash))
  await logIn(house, { email: 'ann@example.org', password: 'a password made by eve' })
  const { userId } = house.administrator
  await assert.rejects(
    house.inTransaction((tx) => setPassword(tx, eve, userId, hash)),
    failure('user.ops_only', 'forbidden'),
  )
})
