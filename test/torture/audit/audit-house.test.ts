import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { expectJson } from '../../service/client.ts'
import { openHouse } from '../../service/house.ts'
import { type HouseSql, openHouseSql } from '../../service/house-sql.ts'
import { askCommand } from '../../service/run-command.ts'
import type { Rule } from '../findings.ts'
import { settle } from '../settle.ts'
import { auditHouse } from './audit-house.ts'

/** A check that cannot fail is a defect: each of these is planted in a house that is whole, and must be found. */

const graceMs = 1_000
let folder = ''
let whole = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-audit-'))
  whole = join(folder, 'whole')
  const settings = { MEDIA_PURGE_DELAY_SECONDS: String(graceMs / 1000) }
  await using house = await openHouse(settings)
  await liveALittle(house.administrator)
  await settle(house, 30_000, true)
  await house.process.stop()
  await askCommand(house, 'media', 'reconcile', '--now')
  await cp(house.dataDir, whole, { recursive: true })
})

after(() => rm(folder, { recursive: true, force: true }))

async function liveALittle({ ask, upload }: Awaited<ReturnType<typeof openHouse>>['administrator']): Promise<void> {
  const ids: string[] = []
  for (const name of ['kept', 'changed', 'purged', 'erased']) {
    ids.push(expectJson<{ id: string }>(await upload(`${name}.txt`, Buffer.from(`the bytes of ${name}`)), 201).id)
  }
  const [, changed, purged, erased] = ids
  expectJson(await ask('POST', '/v1/folders', { name: 'folder' }), 201)
  expectJson(await ask('PATCH', `/v1/files/${changed}`, { name: 'renamed.txt', tags: ['one'] }), 200)
  expectJson(await ask('DELETE', `/v1/files/${purged}`), 202)
  expectJson(await ask('POST', `/v1/files/${erased}/erase`), 200)
}

interface Damaged {
  readonly sql: HouseSql
  readonly blobs: string
  /** The path of some live blob. */
  readonly someBlob: string
}

const copied = 'tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail'

const plants: readonly (readonly [what: string, rule: Rule, plant: (damaged: Damaged) => unknown])[] = [
  ['a blob that was deleted', 'blob.missing', ({ someBlob }) => rm(someBlob)],
  ['a byte that was changed', 'blob.altered', ({ someBlob }) => writeFile(someBlob, 'The bytes of kept')],
  ['a byte that was lost', 'blob.altered', ({ someBlob }) => writeFile(someBlob, 'the bytes of kep')],
  ['a stray key', 'key.stray', ({ blobs }) => writeFile(join(blobs, 'stray'), 'nobody knows me')],
  ['an unfinished put', 'key.stray', ({ someBlob }) => writeFile(`${someBlob}.part`, 'half')],
  ['a blob that stayed condemned', 'blob.unfinished', run("UPDATE stored_blob SET state = 'condemned' WHERE state = 'deleted'")],
  ['a blob that nothing refers to', 'blob.unreferenced', run("UPDATE file SET state = 'purged' WHERE name = 'kept.txt'")],
  ['a file with the bytes of another', 'file.blob', run("UPDATE file SET blob_id = (SELECT blob_id FROM file WHERE name = 'renamed.txt')")],
  ['a blob that is counted twice', 'quota.sum', run("UPDATE stored_blob SET state = 'staging' WHERE state = 'deleted'")],
  ['a name that nobody holds', 'name.claim', run('DELETE FROM sibling_name WHERE entry_id = (SELECT MIN(entry_id) FROM sibling_name)')],
  ['a tag that finds nothing', 'file.altered', run('DELETE FROM file_tag')],
  [
    'a purge before its time',
    'purge.early',
    run(`UPDATE audit SET at = (SELECT MIN(at) + ${graceMs - 1} FROM audit WHERE action = 'file.trashed') WHERE action = 'file.purging'`),
  ],
  ['an audit row that was removed', 'audit.transition', run("DELETE FROM audit WHERE action = 'file.trashed'")],
  [
    'an audit row that was written twice',
    'audit.transition',
    run(`INSERT INTO audit (${copied}) SELECT ${copied} FROM audit WHERE action = 'file.created'`),
  ],
  ['a transition without its row', 'audit.transition', run("UPDATE file SET state = 'trashed' WHERE name = 'kept.txt'")],
  ['an audit row that was changed', 'audit.chain', run("UPDATE audit SET actor = 'nobody' WHERE id = 3")],
  ['a link that was removed', 'audit.chain', run('DELETE FROM audit_link WHERE seq = 2')],
  ['a message that failed', 'message.undone', run("UPDATE message SET state = 'failed' WHERE state = 'done'")],
  ['a message that was forgotten', 'message.undone', run("UPDATE message SET state = 'pending' WHERE state = 'done'")],
  ['a file that waits for nothing', 'message.undone', run("UPDATE file SET state = 'trashed', trash_root_id = id WHERE name = 'kept.txt'")],
]

test('finds nothing in a house that is whole', async () => {
  assert.deepEqual(await auditHouse({ dataDir: whole }, graceMs), [])
})

for (const [what, rule, plant] of plants) {
  test(`finds ${what}`, async () => {
    const damaged = await mkdtemp(join(folder, 'damaged-'))
    await cp(whole, damaged, { recursive: true })
    await damage(damaged, plant)
    const found = (await auditHouse({ dataDir: damaged }, graceMs)).map((finding) => finding.rule)
    assert.ok(found.includes(rule), `found only ${found}`)
  })
}

function run(statement: string): (damaged: Damaged) => Promise<void> {
  return async ({ sql }) => assert.notEqual(await sql.run(statement), 0, 'the plant changed nothing')
}

async function damage(dataDir: string, plant: (damaged: Damaged) => unknown): Promise<void> {
  await using sql = await openHouseSql({ dataDir })
  const blobs = join(dataDir, 'blobs')
  const [row] = await sql.rows<{ storage_key: string }>(
    "SELECT storage_key FROM stored_blob JOIN file ON file.blob_id = stored_blob.id WHERE file.name = 'kept.txt'",
  )
  await plant({ sql, blobs, someBlob: join(blobs, String(row?.storage_key)) })
  assert.ok((await readdir(blobs)).length > 0)
}
