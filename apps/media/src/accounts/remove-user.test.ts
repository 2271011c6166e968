import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApiKey } from './create-api-key.ts'
import { getUser } from './get-user.ts'
import { listUsers } from './list-users.ts'
import { refreshSession } from './refresh-session.ts'
import { removeUser } from './remove-user.ts'
import { failure, logInFrom, openTestAccounts, password } from './test-accounts.ts'
import { findUserByEmail } from './user.ts'

const email = 'ann.of.the.house@example.org'

test('nothing of a removed user counts any more, and nothing personal is left', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser(email, ['editor'])
  const tokens = await logInFrom(house, { email, password })
  const { key } = await house.inTransaction((tx) => createApiKey(tx, { ...ann, via: 'token' }, { name: 'Key of Ann' }))
  await assert.rejects(logInFrom(house, { email, password: 'wrong' }))
  const { administrator } = house
  const share = 'INSERT INTO entry_share (entry_id, user_id, from_id, owner_id, shared_at) VALUES (?, ?, ?, ?, 0)'
  for (const [reader, owner] of [
    [ann.userId, administrator.userId],
    [administrator.userId, ann.userId],
  ] as const) {
    const id = crypto.randomUUID()
    await house.inTransaction(({ sql }) => sql.run(share, [id, reader, id, owner]))
  }
  await house.inTransaction((tx) => removeUser(tx, administrator, ann.userId))

  for (const credential of [tokens.accessToken, key])
    await assert.rejects(house.authenticate(credential), failure('auth.credentials_invalid'))
  await assert.rejects(refreshSession(house, tokens.refreshToken), failure('auth.credentials_invalid'))
  await assert.rejects(logInFrom(house, { email, password }), failure('auth.credentials_invalid'))
  await assert.rejects(getUser(house.read, house.administrator, ann.userId), failure('user.unknown'))
  assert.equal((await listUsers(house.read, house.administrator, { limit: 10 })).items.length, 1)
  await assert.rejects(
    house.inTransaction((tx) => removeUser(tx, house.administrator, ann.userId)),
    failure('user.unknown', 'not_found'),
  )
  for (const table of ['user', 'api_key', 'session', 'password_reset', 'message', 'audit']) {
    assert.doesNotMatch(JSON.stringify(await house.read.all(`SELECT * FROM ${table}`)), /ann/i, table)
  }
  const told = await house.read.all("SELECT due_at FROM message WHERE name = 'media.user-deleted.v1' ORDER BY due_at")
  assert.equal(told.length, 2)
  assert.deepEqual(await house.read.all('SELECT * FROM entry_share'), [])
  // The address is free.
  assert.notEqual((await house.addUser(email, ['viewer'])).userId, ann.userId)
})

test('only an administrator removes, none above them, and never the last of a tenant', async (t) => {
  const house = await openTestAccounts(t)
  const ann = await house.addUser(email, ['editor'])
  const eve = await house.addUser('eve@example.org', ['admin'])
  const remove = (by: typeof eve, userId: string) => house.inTransaction((tx) => removeUser(tx, by, userId))
  await assert.rejects(remove(ann, ann.userId), failure('auth.forbidden', 'forbidden'))
  await assert.rejects(remove(eve, house.administrator.userId), failure('user.ops_only', 'forbidden'))
  const stranger = await house.addTenant('other@example.org')
  await assert.rejects(remove(stranger, ann.userId), failure('user.unknown', 'not_found'))
  await assert.rejects(remove(stranger, stranger.userId), failure('user.last_administrator', 'conflict'))
  const both = await Promise.allSettled([remove(eve, eve.userId), remove(house.administrator, house.administrator.userId)])
  assert.deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('a log-in that a removal overtakes is refused as any other', async (t) => {
  const house = await openTestAccounts(t)
  const { userId } = await house.addUser(email, ['viewer'])
  const overtaken = {
    ...house,
    passwords: {
      ...house.passwords,
      verify: async (...args: Parameters<typeof house.passwords.verify>) => {
        const matches = await house.passwords.verify(...args)
        await house.inTransaction((tx) => removeUser(tx, house.administrator, userId))
        return matches
      },
    },
  }
  await assert.rejects(logInFrom(overtaken, { email, password }), failure('auth.credentials_invalid'))
  assert.equal(await findUserByEmail(house.read, email), undefined)
})
