import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApiKey, createApiKeyInput } from './create-api-key.ts'
import { disableUser } from './disable-user.ts'
import { listApiKeys } from './list-api-keys.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { setRoles } from './set-roles.ts'
import { failure, openTestAccounts } from './test-accounts.ts'

test('a key is shown once, kept as a hash, and does what its scopes say', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['editor'])
  const { key, apiKey } = await house.inTransaction((tx) => createApiKey(tx, ann, { name: 'Build', scopes: ['viewer'] }))
  assert.match(key, /^hf_[\w-]{43}$/)
  assert.equal(apiKey.prefix, key.slice(0, 11))
  const principal = await house.authenticate(key)
  assert.deepEqual(principal, { tenantId: ann.tenantId, userId: ann.userId, roles: ['viewer'], via: 'api-key', credentialId: apiKey.id })
  assert.deepEqual((await listApiKeys(house.read, ann, { limit: 10 })).items, [apiKey])
  const rows = await house.read.all('SELECT * FROM api_key')
  assert.ok(!JSON.stringify(rows).includes(key))
})

test('without scopes it does what its maker does; more than that is refused', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['editor'])
  const { apiKey } = await house.inTransaction((tx) => createApiKey(tx, ann, { name: 'All' }))
  assert.deepEqual(apiKey.scopes, ['editor'])
  for (const scope of ['admin', 'ops'] as const) {
    await assert.rejects(
      house.inTransaction((tx) => createApiKey(tx, ann, { name: 'More', scopes: ['viewer', scope] })),
      failure('api-key.scope_not_held', 'forbidden'),
    )
  }
})

test('a key loses what its user loses', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['editor'])
  const scopes = ['viewer', 'editor'] as const
  const { key } = await house.inTransaction((tx) => createApiKey(tx, ann, { name: 'All', scopes: [...scopes] }))
  await house.inTransaction((tx) => setRoles(tx, house.administrator, ann.userId, ['viewer']))
  assert.deepEqual((await house.authenticate(key)).roles, ['viewer'])
  await house.inTransaction((tx) => setRoles(tx, house.administrator, ann.userId, ['ops']))
  assert.deepEqual((await house.authenticate(key)).roles, [])
  await house.inTransaction((tx) => disableUser(tx, house.administrator, ann.userId))
  await assert.rejects(house.authenticate(key), failure('auth.credentials_invalid'))
})

test('a key makes further keys only when it may administer', async (t) => {
  const house = await openTestAccounts(t)
  const byFirstKey = await house.authenticate(house.credentials.apiKey)
  const made = await house.inTransaction((tx) => createApiKey(tx, byFirstKey, { name: 'Viewer', scopes: ['viewer'] }))
  const byViewerKey = await house.authenticate(made.key)
  await assert.rejects(
    house.inTransaction((tx) => createApiKey(tx, byViewerKey, { name: 'Next' })),
    failure('auth.forbidden'),
  )
})

test('it expires at its instant, which lies in the future', async (t) => {
  const house = await openTestAccounts(t)
  const at = (ms: number) => ({ name: 'Short', expiresAt: new Date(house.clock() + ms).toISOString() })
  const { key } = await house.inTransaction((tx) => createApiKey(tx, house.administrator, at(1_000)))
  house.advance(999)
  await house.authenticate(key)
  house.advance(1)
  await assert.rejects(house.authenticate(key), failure('auth.credentials_expired', 'unauthenticated'))
  await assert.rejects(
    house.inTransaction((tx) => createApiKey(tx, house.administrator, at(0))),
    failure('api-key.expiry_past', 'invalid'),
  )
  assert.equal(createApiKeyInput.safeParse({ name: 'x', expiresAt: 'tomorrow' }).success, false)
})

test('its user or an administrator revokes it, and it ends at once; to others it is not there', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['editor'])
  const bob = await house.addUser('bob@example.org', ['editor'])
  const stranger = await house.addTenant('boss@example.org')
  const make = () => house.inTransaction((tx) => createApiKey(tx, ann, { name: 'Build' }))
  const revoke = (by: typeof ann, id: string) => house.inTransaction((tx) => revokeApiKey(tx, by, id))
  const { key, apiKey } = await make()
  for (const other of [bob, stranger]) await assert.rejects(revoke(other, apiKey.id), failure('api-key.unknown', 'not_found'))
  // Another one takes its place before it ends.
  const second = await make()
  for (const taken of [key, second.key]) await house.authenticate(taken)
  await revoke(ann, apiKey.id)
  await revoke(ann, apiKey.id)
  await assert.rejects(house.authenticate(key), failure('auth.credentials_invalid'))
  await house.authenticate(second.key)
  await revoke(house.administrator, second.apiKey.id)
  await assert.rejects(house.authenticate(second.key), failure('auth.credentials_invalid'))
  const rows = await house.read.all("SELECT id FROM audit WHERE action = 'api-key.revoked'")
  assert.equal(rows.length, 2)
  const chief = await house.addUser('chief@example.org', ['admin'])
  const ofOps = await house.inTransaction((tx) => createApiKey(tx, house.administrator, { name: 'Ops' }))
  await assert.rejects(revoke(chief, ofOps.apiKey.id), failure('user.ops_only', 'forbidden'))
  await house.authenticate(ofOps.key)
})

test('keys are listed by their user, and to an administrator of the same tenant', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser('ann@example.org', ['editor'])
  const stranger = await house.addTenant('boss@example.org')
  for (const name of ['one', 'two', 'three']) await house.inTransaction((tx) => createApiKey(tx, ann, { name }))
  const first = await listApiKeys(house.read, house.administrator, { limit: 2, userId: ann.userId })
  assert.ok(first.next)
  const rest = await listApiKeys(house.read, house.administrator, { limit: 2, userId: ann.userId, cursor: first.next })
  assert.deepEqual([...first.items, ...rest.items].map(({ name }) => name).toSorted(), ['one', 'three', 'two'])
  assert.equal(rest.next, null)
  assert.deepEqual((await listApiKeys(house.read, stranger, { limit: 2, userId: ann.userId })).items, [])
  await assert.rejects(listApiKeys(house.read, ann, { limit: 2, userId: house.administrator.userId }), failure('auth.forbidden'))
})
