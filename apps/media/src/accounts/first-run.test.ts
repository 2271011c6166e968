import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindTransactions, openTestDatabase } from '../operations/test-database.ts'
import { actAs } from './act-as.ts'
import { createTenant } from './create-tenant.ts'
import { firstRun } from './first-run.ts'
import { createPasswordHashing } from './password-hashing.ts'
import { failure } from './test-accounts.ts'

const passwords = createPasswordHashing({ costExponent: 4 })

test('an empty database gets a tenant, an administrator and a key, once, also when two processes start together', async (t) => {
  const house = await openTestDatabase(t)
  const second = house.open()
  t.after(() => second.close())
  const made = await Promise.all([
    firstRun({ ...house, passwords }),
    firstRun({ read: second.read, inTransaction: bindTransactions(second), passwords }),
    firstRun({ ...house, passwords }),
  ])
  const [credentials, ...others] = made.filter((outcome) => outcome !== undefined)
  assert.ok(credentials)
  assert.deepEqual(others, [])
  assert.equal(await firstRun({ ...house, passwords }), undefined)
  assert.match(credentials.password, /^[\w-]{24}$/)
  assert.deepEqual((await actAs(house.read, credentials.email)).roles, ['admin', 'ops'])
  const counts = await house.read.get(
    'SELECT (SELECT COUNT(*) FROM tenant) AS tenants, (SELECT COUNT(*) FROM user) AS users, (SELECT COUNT(*) FROM api_key) AS keys_made',
  )
  assert.deepEqual({ ...(counts as object) }, { tenants: 1, users: 1, keys_made: 1 })
  const audit = await house.read.all<{ action: string; actor: string }>('SELECT action, actor FROM audit ORDER BY id')
  assert.deepEqual(
    audit.map((row) => ({ ...row })),
    ['tenant.created', 'user.created', 'api-key.created'].map((action) => ({ action, actor: 'system' })),
  )
})

test('a tenant made by hand comes first where it is the first, and then there is no first run', async (t) => {
  const house = await openTestDatabase(t)
  const deps = { ...house, passwords }
  await createTenant(deps, { name: 'First', email: 'one@example.org' })
  await createTenant(deps, { name: 'Second', email: 'two@example.org' })
  assert.equal(await firstRun(deps), undefined)
  assert.deepEqual((await actAs(house.read, 'one@example.org')).roles, ['admin', 'ops'])
  assert.deepEqual((await actAs(house.read, 'two@example.org')).roles, ['admin'])
  await assert.rejects(createTenant(deps, { name: 'Third', email: 'TWO@example.org' }), failure('user.email_taken', 'conflict'))
  const tenants = await house.read.all('SELECT id FROM tenant')
  assert.equal(tenants.length, 2)
  await assert.rejects(actAs(house.read, 'nobody@example.org'), failure('user.unknown', 'not_found'))
})
