import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changePassword, preparePasswordChange } from './change-password.ts'
import { disableUser } from './disable-user.ts'
import { enableUser } from './enable-user.ts'
import { deviceMemoryMs, knownDevice, nameDevice } from './known-device.ts'
import { type LogInDeps, logIn } from './log-in.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { setPassword } from './set-password.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'
import { findUserByEmail } from './user.ts'

test('the first administrator logs in and is who the token says', async (t) => {
  const house = await openTestAccounts(t)
  const tokens = await logInFrom(house, house.credentials)
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
  await logInFrom(house, { email: 'aNN@example.ORG', password })
  const wrong = [
    { email: 'ann@example.org', password: 'not the password' },
    { email: 'nobody@example.org', password },
    { email: 'no address', password },
  ]
  for (const input of wrong) await assert.rejects(logInFrom(house, input), failure('auth.credentials_invalid', 'unauthenticated'))
})

test('a disabled user is out at once, with token and password; enabled again, the password counts but not the old session', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser('ann@example.org', ['viewer'])
  const { accessToken } = await logInFrom(house, { email: 'ann@example.org', password })
  await house.authenticate(accessToken)
  const disabled = await house.inTransaction((tx) => disableUser(tx, house.administrator, userId))
  assert.equal(disabled.disabledAt, house.clock())
  assert.deepEqual(await house.inTransaction((tx) => disableUser(tx, house.administrator, userId)), disabled)
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await assert.rejects(logInFrom(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
  await house.inTransaction((tx) => enableUser(tx, house.administrator, userId))
  await assert.rejects(house.authenticate(accessToken), failure('auth.credentials_invalid'))
  await logInFrom(house, { email: 'ann@example.org', password })
})

test('ten failures in a row from one place lock it for this address, known or not, for a time that doubles', async (t) => {
  const house = await openTestAccounts(t)
  await house.addUser('ann@example.org', ['viewer'])
  for (const email of ['ann@example.org', 'nobody@example.org']) {
    const wrong = { email, password: 'not the password' }
    for (let n = 0; n < 10; n += 1) await assert.rejects(logInFrom(house, wrong), failure('auth.credentials_invalid'))
    await assert.rejects(logInFrom(house, { email, password }), { code: 'auth.locked_out', kind: 'rate_limited', retryAfterSeconds: 30 })
    house.advance(30_000)
    await assert.rejects(logInFrom(house, wrong), failure('auth.credentials_invalid'))
    await assert.rejects(logInFrom(house, { email, password }), { code: 'auth.locked_out', retryAfterSeconds: 60 })
  }
  house.advance(60_000)
  await logInFrom(house, { email: 'ann@example.org', password })
  await assert.rejects(logInFrom(house, { email: 'ann@example.org', password: 'not it' }), failure('auth.credentials_invalid'))
  await logInFrom(house, { email: 'ann@example.org', password })
})

const ann = { email: 'ann@example.org', password }
const guess = { ...ann, password: 'not the password' }

/** Wrong passwords from so many networks, ten of each. */
async function guessFrom(house: LogInDeps, networks: number): Promise<void> {
  for (let n = 0; n < networks * 10; n += 1) {
    await assert.rejects(logInFrom(house, guess, { network: `198.51.100.${n % networks}` }), failure('auth.credentials_invalid'))
  }
}

test('a stranger locks out nobody but themselves', async (t) => {
  const house = await openTestAccounts(t)
  await house.addUser(ann.email, ['viewer'])
  await guessFrom(house, 1)
  await assert.rejects(logInFrom(house, ann, { network: '198.51.100.0' }), failure('auth.locked_out'))
  await logInFrom(house, ann)
})

test('many strangers are held as few are; where the user has logged in before, by network or by device, nobody is held for them', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser(ann.email, ['viewer'])
  const { device } = await logIn(house, ann, { network: '203.0.113.7', device: undefined, client: undefined })
  await guessFrom(house, 10)
  for (const network of ['198.51.100.200', '192.0.2.1']) {
    await assert.rejects(logInFrom(house, ann, { network }), { code: 'auth.locked_out', retryAfterSeconds: 30 })
    await assert.rejects(logInFrom(house, ann, { network, device: 'not.1.ours' }), failure('auth.locked_out'))
  }
  await logInFrom(house, ann, { network: '203.0.113.7' })
  await logInFrom(house, ann, { network: '198.51.100.201', device })

  // A device that guesses is locked by itself, and no other is.
  for (let n = 0; n < 10; n += 1) {
    await assert.rejects(logInFrom(house, guess, { device }), failure('auth.credentials_invalid'))
  }
  await assert.rejects(logInFrom(house, ann, { device }), failure('auth.locked_out'))
  await logInFrom(house, ann, { network: '203.0.113.7' })
  // Another password ends all locks, and makes devices strangers.
  const hash = await house.passwords.hash('another long password')
  await house.inTransaction((tx) => setPassword(tx, house.administrator, userId, hash))
  await logInFrom(house, { ...ann, password: 'another long password' }, { network: '198.51.100.0' })
  assert.equal(knownDevice(await findUserByEmail(house.read, ann.email), device, house.clock()), undefined)
})

test('a device is known by its own user, for half a year, and by nothing that was altered', () => {
  const user = { id: 'one', password_hash: 'hash' }
  const device = nameDevice(user, 1_000)
  const known = (token: string, now = 1_000, by: typeof user | { id: string; password_hash: null } = user) => knownDevice(by, token, now)
  assert.equal(known(device), device.split('.')[0])
  assert.equal(known(device, 1_000 + deviceMemoryMs), undefined)
  assert.equal(known(device, 1_000, { ...user, id: 'other' }), undefined)
  assert.equal(known(nameDevice({ id: 'one', password_hash: null }, 1_000), 1_000, { id: 'one', password_hash: null }), undefined)
  for (const token of [
    '',
    'x',
    device.replace('.1000.', '.9000.'),
    `${device}a`,
    `${device.startsWith('A') ? 'B' : 'A'}${device.slice(1)}`,
    device.toUpperCase(),
  ]) {
    assert.equal(known(token), undefined, token)
  }
})

test('a crowd of guesses is stopped as early as guesses in a row, but for one that was under way', async (t) => {
  const house = await openTestAccounts(t)
  const guesses = Array.from({ length: 100 }, (_, n) => logInFrom(house, { email: house.credentials.email, password: `guess number ${n}` }))
  const outcomes = (await Promise.allSettled(guesses)).map((outcome) => outcome.status === 'rejected' && outcome.reason.code)
  const tried = outcomes.filter((code) => code === 'auth.credentials_invalid').length
  assert.ok(tried >= 10 && tried <= 11, `${tried} guesses were tried`)
  assert.equal(outcomes.filter((code) => code === 'auth.locked_out').length, 100 - tried)
})

test('200 good log-ins at once all succeed', async (t) => {
  const house = await openTestAccounts(t)
  const tokens = await Promise.all(Array.from({ length: 200 }, () => logInFrom(house, house.credentials)))
  assert.equal(new Set(tokens.map(({ refreshToken }) => refreshToken)).size, 200)
})

test('a hash made with older parameters is made anew at log-in', async (t) => {
  const house = await openTestAccounts(t)
  const stronger = { ...house, passwords: createPasswordHashing({ costExponent: 5 }) }
  await logInFrom(stronger, house.credentials)
  const row = await house.read.get<{ password_hash: string }>('SELECT password_hash FROM user WHERE id = ?', [house.administrator.userId])
  assert.match(row?.password_hash ?? '', /ln=5,/)
  await logInFrom(stronger, house.credentials)
})

test('changing the password takes the present one, once, and ends every session', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const { accessToken } = await logInFrom(house, { email: 'ann@example.org', password })
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
  await assert.rejects(logInFrom(house, { email: 'ann@example.org', password }), failure('auth.credentials_invalid'))
  await logInFrom(house, { email: 'ann@example.org', password: newPassword })
})

test('an administrator sets a forgotten password, but not that of an operator above them', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['viewer'])
  const eve = await house.addUser('eve@example.org', ['admin'])
  const hash = await house.passwords.hash('a password made by eve')
  await house.inTransaction((tx) => setPassword(tx, eve, ann.userId, hash))
  await logInFrom(house, { email: 'ann@example.org', password: 'a password made by eve' })
  const { userId } = house.administrator
  await assert.rejects(
    house.inTransaction((tx) => setPassword(tx, eve, userId, hash)),
    failure('user.ops_only', 'forbidden'),
  )
})
