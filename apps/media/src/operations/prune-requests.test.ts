import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pruneRequests } from './prune-requests.ts'
import { recordRequest } from './record-request.ts'
import { openTestDatabase } from './test-database.ts'

test('requests are forgotten when they are old enough, oldest first, some at a time', async (t) => {
  const house = await openTestDatabase(t)
  const principal = { tenantId: 'tenant', userId: 'user', roles: [] }
  const record = (route: string) => house.inTransaction((tx) => recordRequest(tx, principal, { method: 'POST', route, status: 201 }))
  for (const route of ['/a', '/b', '/c', '/d']) {
    await record(route)
    house.advance(1_000)
  }
  const kept = async () => (await house.read.all<{ route: string }>('SELECT route FROM request ORDER BY id')).map(({ route }) => route)
  const prune = () => pruneRequests(house, { olderThanMs: 2_000, limit: 1 })
  assert.equal(await prune(), 1)
  assert.deepEqual(await kept(), ['/b', '/c', '/d'])
  assert.equal(await prune(), 1)
  // The third is as old as may be, and not older.
  assert.equal(await prune(), 0)
  assert.deepEqual(await kept(), ['/c', '/d'])
})
