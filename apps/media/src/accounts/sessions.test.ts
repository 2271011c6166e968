import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endSession } from './end-session.ts'
import { endSessions } from './end-sessions.ts'
import { listSessions } from './list-sessions.ts'
import { refreshSession } from './refresh-session.ts'
import { refreshTokenTtlMs } from './session.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'

const ann = { email: 'ann@example.org', password }

async function openSessions(t: Parameters<typeof openTestAccounts>[0]) {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser(ann.email, ['viewer'])
  const phone = await logInFrom(house, ann, { network: '203.0.113.9', client: 'p'.repeat(300) })
  const desk = await logInFrom(house, ann, { network: '2001:db8:0:1', client: undefined })
  const principal = await house.authenticate(desk.accessToken)
  const list = () => listSessions(house.read, principal, { limit: 10, now: house.clock() })
  return { ...house, userId, phone, desk, principal, list, isOut: (token: string) => refuses(() => house.authenticate(token)) }
}

const refuses = (call: () => Promise<unknown>) => assert.rejects(call, failure('auth.credentials_invalid'))

test('one sees where one is logged in, until that has ended or run out', async (t) => {
  const house = await openSessions(t)
  const { items, next } = await house.list()
  assert.deepEqual(
    items
      .map(({ network, client, isCurrent }) => [network, client, isCurrent])
      .toSorted(([one], [other]) => String(one).localeCompare(String(other))),
    [
      ['2001:db8:0:1', null, true],
      ['203.0.113.9', 'p'.repeat(200), false],
    ],
  )
  assert.equal(next, null)
  const byKey = { ...house.principal, via: 'api-key' as const }
  const seenByKey = await listSessions(house.read, byKey, { limit: 10, now: house.clock() })
  assert.ok(seenByKey.items.every(({ isCurrent }) => !isCurrent))
  house.advance(refreshTokenTtlMs)
  assert.deepEqual((await house.list()).items, [])
})

test('one session is ended, with all its tokens and at once; somebody else’s is unknown', async (t) => {
  const house = await openSessions(t)
  const { credentialId } = await house.authenticate(house.phone.accessToken)
  for (let time = 0; time < 2; time++) await house.inTransaction((tx) => endSession(tx, house.principal, credentialId))
  await house.isOut(house.phone.accessToken)
  await refuses(() => refreshSession(house, house.phone.refreshToken))
  assert.equal((await house.list()).items.length, 1)
  await assert.rejects(
    house.inTransaction((tx) => endSession(tx, house.administrator, house.principal.credentialId)),
    failure('session.unknown', 'not_found'),
  )
  assert.equal((await house.read.all("SELECT 1 FROM audit WHERE action = 'user.session_ended'")).length, 1)
})

test('all are ended by their user or by an administrator, not by one without authority over them', async (t) => {
  const house = await openSessions(t)
  const eve = await house.addUser('eve@example.org', ['admin'])
  const end = (by: typeof eve, userId: string) => house.inTransaction((tx) => endSessions(tx, by, userId))
  await assert.rejects(end(house.principal, eve.userId), failure('auth.forbidden'))
  await assert.rejects(end(eve, house.administrator.userId), failure('user.ops_only'))
  await assert.rejects(end(await house.addTenant('other@example.org'), house.userId), failure('user.unknown'))
  await house.authenticate(house.phone.accessToken)
  await end(eve, house.userId)
  for (const { accessToken } of [house.phone, house.desk]) await house.isOut(accessToken)
  const again = await logInFrom(house, ann)
  await end(await house.authenticate(again.accessToken), house.userId)
  await house.isOut(again.accessToken)
})
