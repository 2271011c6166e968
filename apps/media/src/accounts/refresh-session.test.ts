import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logOut } from './log-out.ts'
import { pruneCredentials } from './prune-credentials.ts'
import { refreshSession } from './refresh-session.ts'
import { refreshTokenTtlMs } from './session.ts'
import { failure, logInFrom, openTestAccounts } from './test-accounts.ts'

test('a refresh token gives the next pair, in the same session', async (t) => {
  const house = await openTestAccounts(t)
  const first = await logInFrom(house, house.credentials)
  house.advance(1_000_000)
  await assert.rejects(house.authenticate(first.accessToken), failure('auth.credentials_expired', 'unauthenticated'))
  const second = await refreshSession(house, first.refreshToken)
  const principal = await house.authenticate(second.accessToken)
  assert.equal(principal.userId, house.administrator.userId)
  const third = await refreshSession(house, second.refreshToken)
  assert.equal((await house.authenticate(third.accessToken)).credentialId, principal.credentialId)
})

test('a second use of a refresh token ends the session, for the one who holds the newest token too', async (t) => {
  const house = await openTestAccounts(t)
  const stolen = await logInFrom(house, house.credentials)
  const bystander = await logInFrom(house, house.credentials)
  const thief = await refreshSession(house, stolen.refreshToken)
  await assert.rejects(refreshSession(house, stolen.refreshToken), failure('auth.credentials_invalid', 'unauthenticated'))
  await assert.rejects(refreshSession(house, thief.refreshToken), failure('auth.credentials_invalid'))
  await assert.rejects(house.authenticate(thief.accessToken), failure('auth.credentials_invalid'))
  await house.authenticate(bystander.accessToken)
  const rows = await house.read.all("SELECT id FROM audit WHERE action = 'user.refresh_token_reused'")
  assert.equal(rows.length, 1)
})

test('of many uses at once at most one gets tokens', async (t) => {
  const house = await openTestAccounts(t)
  const { refreshToken } = await logInFrom(house, house.credentials)
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => refreshSession(house, refreshToken)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('what is no refresh token is refused', async (t) => {
  const house = await openTestAccounts(t)
  const { accessToken } = await logInFrom(house, house.credentials)
  for (const text of ['', 'hfr_', `hfr_${'x'.repeat(43)}`, accessToken, house.credentials.apiKey]) {
    await assert.rejects(refreshSession(house, text), failure('auth.credentials_invalid'))
  }
})

test('unused for thirty days it expires, and is removed a day later', async (t) => {
  const house = await openTestAccounts(t)
  const { refreshToken } = await logInFrom(house, house.credentials)
  await assert.rejects(logInFrom(house, { email: 'nobody@example.org', password: 'wrong' }))
  assert.equal(await pruneCredentials(house), 0)
  house.advance(refreshTokenTtlMs)
  await assert.rejects(refreshSession(house, refreshToken), failure('auth.credentials_expired'))
  house.advance(24 * 3_600_000 + 1)
  const active = await logInFrom(house, house.credentials)
  assert.equal(await pruneCredentials(house), 4)
  assert.equal(await pruneCredentials(house), 0)
  await refreshSession(house, active.refreshToken)
})

test('logging out ends the session; a key has none', async (t) => {
  const house = await openTestAccounts(t)
  const tokens = await logInFrom(house, house.credentials)
  const principal = await house.authenticate(tokens.accessToken)
  await house.inTransaction((tx) => logOut(tx, principal))
  await assert.rejects(house.authenticate(tokens.accessToken), failure('auth.credentials_invalid'))
  await assert.rejects(refreshSession(house, tokens.refreshToken), failure('auth.credentials_invalid'))
  const byKey = await house.authenticate(house.credentials.apiKey)
  await assert.rejects(
    house.inTransaction((tx) => logOut(tx, byKey)),
    failure('auth.no_session', 'conflict'),
  )
})
