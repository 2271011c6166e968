import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordAudit } from './audit.ts'
import { lateIds } from './audit-chain.ts'
import { chainAudit } from './chain-audit.ts'
import { openTestDatabase, type TestDatabase } from './test-database.ts'
import { verifyAudit } from './verify-audit.ts'

const event = { tenantId: 't', actor: 'system', action: 'file.trashed', subjectKind: 'file' } as const

const write = (house: TestDatabase, count: number) =>
  house.inTransaction(async (tx) => {
    for (let n = 0; n < count; n += 1) await recordAudit(tx, { ...event, subjectId: `file-${n}`, detail: { n } })
  })

/** Each node of a cluster has numbers of its own: they are not one, two, three. */
const idsOf = async (house: TestDatabase) => (await house.read.all<{ id: number }>('SELECT id FROM audit ORDER BY id')).map(({ id }) => id)

const tamper = (house: TestDatabase, statement: string) => house.database.transaction((sql) => sql.run(statement))

test('rows are linked in batches, once, and an untouched chain is intact', async (t) => {
  const house = await openTestDatabase(t)
  assert.deepEqual(await chainAudit(house), { seq: 0, hash: '0'.repeat(64), linked: 0 })
  await write(house, 25)
  const { linked, ...head } = await chainAudit(house, 10)
  assert.deepEqual([linked, head.seq], [25, 25])
  assert.deepEqual(await chainAudit(house, 10), { ...head, linked: 0 })
  await write(house, 5)
  assert.deepEqual(await verifyAudit(house.read, undefined, 7), { intact: true, head, unlinked: 5 })
  const later = await chainAudit(house, 5)
  assert.equal(later.seq, 30)
  assert.deepEqual(await verifyAudit(house.read, head), { intact: true, head: { seq: 30, hash: later.hash }, unlinked: 0 })
})

test('a row of a transaction that was rolled back is no row', async (t) => {
  const house = await openTestDatabase(t)
  const attempt = house.inTransaction(async (tx) => {
    await recordAudit(tx, { ...event, subjectId: 'x' })
    throw new Error('it did not happen')
  })
  await assert.rejects(attempt, /did not happen/)
  assert.equal((await chainAudit(house)).linked, 0)
})

test('the first changed or removed row shows, whatever was changed', async (t) => {
  const changes = [
    "tenant_id = 'u'",
    'at = at + 1',
    "actor = 'x'",
    "action = 'file.restored'",
    "subject_kind = 'user'",
    "subject_id = 'x'",
    "correlation_id = 'x'",
    "detail = '{}'",
  ]
  const house = await openTestDatabase(t)
  await write(house, 10)
  await chainAudit(house)
  const [, , , fourth, , , seventh] = await idsOf(house)
  await tamper(house, 'DROP TABLE IF EXISTS untouched')
  await tamper(house, 'CREATE TABLE untouched AS SELECT * FROM audit')
  for (const change of changes) {
    await tamper(house, `UPDATE audit SET ${change} WHERE id >= ${fourth}`)
    assert.deepEqual(await verifyAudit(house.read), { intact: false, fault: 'row_changed', seq: 4, auditId: fourth }, change)
    await tamper(house, 'DELETE FROM audit')
    await tamper(house, 'INSERT INTO audit SELECT * FROM untouched')
    assert.equal((await verifyAudit(house.read)).intact, true, change)
  }
  await tamper(house, `DELETE FROM audit WHERE id = ${seventh}`)
  assert.deepEqual(await verifyAudit(house.read), { intact: false, fault: 'row_missing', seq: 7, auditId: seventh })
  await tamper(house, `DELETE FROM audit_link WHERE audit_id = ${seventh}`)
  assert.deepEqual(await verifyAudit(house.read), { intact: false, fault: 'link_missing', seq: 7, auditId: null })
})

test('a chain made anew, or cut off, differs from a head that was written down', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 10)
  const anchor = await chainAudit(house)
  const [, , third, , , , , eighth, , tenth] = await idsOf(house)
  await tamper(house, 'DELETE FROM audit_link')
  await tamper(house, `UPDATE audit SET actor = 'x' WHERE id = ${third}`)
  await chainAudit(house)
  assert.equal((await verifyAudit(house.read)).intact, true)
  assert.deepEqual(await verifyAudit(house.read, anchor), { intact: false, fault: 'anchor_differs', seq: 10, auditId: tenth })
  await tamper(house, `DELETE FROM audit WHERE id > ${eighth}`)
  await tamper(house, `DELETE FROM audit_link WHERE audit_id > ${eighth}`)
  assert.deepEqual(await verifyAudit(house.read, anchor), { intact: false, fault: 'link_missing', seq: 9, auditId: null })
})

test('a row with an older id is linked when its transaction commits late, and shows as added when it comes long after', async (t) => {
  const house = await openTestDatabase(t)
  await write(house, 1)
  const insertWithId = (id: number) =>
    tamper(
      house,
      `INSERT INTO audit (id, tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail)
       VALUES (${id}, 't', 0, 'system', 'file.trashed', 'file', 'x', 'c', '{}')`,
    )
  await insertWithId(lateIds + 2)
  await chainAudit(house)
  await insertWithId(lateIds)
  assert.equal((await chainAudit(house)).linked, 1)
  assert.equal((await verifyAudit(house.read)).intact, true)
  await insertWithId(2)
  assert.equal((await chainAudit(house)).linked, 0)
  assert.deepEqual(await verifyAudit(house.read), { intact: false, fault: 'row_added', seq: 3, auditId: 2 })
})

test('two leaders at once make one chain', async (t) => {
  const house = await openTestDatabase(t)
  const database = house.open()
  t.after(() => database.close())
  await write(house, 40)
  // Where both run at the same moment the second one finds its number taken, and leaves the rest to the next run.
  await Promise.allSettled([chainAudit(house, 10), chainAudit({ database }, 10)])
  await chainAudit(house, 10)
  assert.deepEqual({ ...(await verifyAudit(house.read)), head: undefined }, { intact: true, head: undefined, unlinked: 0 })
  const links = await house.read.all('SELECT seq FROM audit_link')
  assert.equal(links.length, 40)
})
