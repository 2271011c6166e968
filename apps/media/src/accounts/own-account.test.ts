import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Role } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import type { Authenticated } from './authenticate.ts'
import { changePassword, preparePasswordChange } from './change-password.ts'
import { createApiKey } from './create-api-key.ts'
import { endSession } from './end-session.ts'
import { endSessions } from './end-sessions.ts'
import { getUser } from './get-user.ts'
import { listApiKeys } from './list-api-keys.ts'
import { listSessions } from './list-sessions.ts'
import { patchUser } from './patch-user.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'

/** A user with all the roles, who is logged in, and a key of theirs that may do less. */
async function openOwner(t: TestContext, scope: Role) {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser('owner@example.org', ['admin', 'ops'])
  const logIn = async () => house.authenticate((await logInFrom(house, { email: 'owner@example.org', password })).accessToken)
  const owner = await logIn()
  const make = (scopes: Role[]) => house.inTransaction((tx) => createApiKey(tx, owner, { name: 'Key', scopes }))
  const other = await make(['admin'])
  const { key, apiKey } = await make([scope])
  return { ...house, userId, owner, logIn, key, apiKey, other, byKey: await house.authenticate(key) }
}

type Owner = Awaited<ReturnType<typeof openOwner>>

const newPassword = 'another correct horse'

/** Each by which the account of its own user is changed; the password, which ends the sessions, comes last. */
const changes: Readonly<Record<string, (house: Owner, by: Authenticated) => Promise<unknown>>> = {
  'the name': ({ inTransaction, userId }, by) => inTransaction((tx: Tx) => patchUser(tx, by, userId, { name: 'Renamed' })),
  'another key': ({ inTransaction, other }, by) => inTransaction((tx: Tx) => revokeApiKey(tx, by, other.apiKey.id)),
  'a session': ({ inTransaction, owner }, by) => inTransaction((tx: Tx) => endSession(tx, by, owner.credentialId)),
  'all sessions': ({ inTransaction, userId }, by) => inTransaction((tx: Tx) => endSessions(tx, by, userId)),
  'the password': async (house, by) => {
    const change = await preparePasswordChange(house, by, { currentPassword: password, newPassword })
    await house.inTransaction((tx) => changePassword(tx, by, change))
  },
}

for (const scope of ['viewer', 'ops'] as const) {
  test(`a key scoped to ${scope} changes nothing of its user's account, and may look at it`, async (t) => {
    const house = await openOwner(t, scope)
    for (const [what, change] of Object.entries(changes)) await assert.rejects(change(house, house.byKey), failure('auth.forbidden'), what)
    const { name } = await getUser(house.read, house.byKey, house.userId)
    assert.equal(name, 'Someone')
    await house.authenticate(house.other.key)
    assert.equal((await listSessions(house.read, house.byKey, { limit: 10, now: house.clock() })).items.length, 1)
    assert.equal((await listApiKeys(house.read, house.byKey, { limit: 10 })).items.length, 2)
    await house.logIn()
  })

  test(`a key scoped to ${scope} revokes itself, and again`, async (t) => {
    const house = await openOwner(t, scope)
    for (let time = 0; time < 2; time++) await house.inTransaction((tx) => revokeApiKey(tx, house.byKey, house.apiKey.id))
    await assert.rejects(house.authenticate(house.key), failure('auth.credentials_invalid'))
  })
}

test('by a key that may only read no password is tried', async (t) => {
  const house = await openOwner(t, 'viewer')
  const guess = { currentPassword: 'not the password', newPassword }
  await assert.rejects(preparePasswordChange(house, house.byKey, guess), failure('auth.forbidden'))
  assert.deepEqual(await house.read.all('SELECT * FROM log_in_failure'), [])
})

test("a key that may write manages its user's account", async (t) => {
  const house = await openOwner(t, 'editor')
  for (const change of Object.values(changes)) await change(house, house.byKey)
})

test('a viewer who is logged in manages their own account', async (t) => {
  const house = await openOwner(t, 'viewer')
  await house.inTransaction(({ sql }) => sql.run('UPDATE user SET roles = ? WHERE id = ?', ['["viewer"]', house.userId]))
  const viewer = await house.logIn()
  assert.deepEqual(viewer.roles, ['viewer'])
  for (const change of Object.values(changes)) await change(house, viewer)
})
