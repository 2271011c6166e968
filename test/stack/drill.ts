/**
 * `drill.ts ENV URL`: keeps a moment of a stack that runs, removes the stack with all its data, fills an empty one from it, and compares: file by file by
 * checksum, byte by byte through the front, and by the audit of the torture test.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { assertSameContent } from '../service/backup-content.ts'
import { createClient, expectJson } from '../service/client.ts'
import { askCommand } from '../service/run-command.ts'
import { auditHouse } from '../torture/audit/audit-house.ts'
import { openStack } from './stack.ts'

const [environment = ''] = process.argv.slice(2)
const stack = openStack(process.argv.slice(2))
const name = `drill-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`
const pathOf = (backup: string) => join('var/backups', environment, backup)
/** The grace of that environment: nothing is purged meanwhile. */
const graceMs = 30 * 24 * 3_600_000

const key = await stack.apiKey('drill')
const client = createClient(stack.url, key)
const kept = new Map<string, Buffer>()
for (let at = 0; at < 40; at++) {
  const bytes = randomBytes(1_000 * (at + 1))
  const { id } = expectJson<{ id: string }>(await client.upload(`${name}-${at}.bin`, bytes), 201)
  if (at % 4 === 0) expectJson(await client.ask('DELETE', `/v1/files/${id}`), 202)
  else if (at % 4 === 1) expectJson(await client.ask('POST', `/v1/files/${id}/erase`), 200)
  else kept.set(id, bytes)
}
// Until what that has caused is done.
await pause(10_000)

await stack.make('backup', { NAME: name })
await stack.make('down', { VOLUMES: '1' })
await stack.make('restore', { NAME: name })
await stack.make('backup', { NAME: `${name}-restored` })
await stack.make('start')

for (const [id, bytes] of kept) assert.deepEqual((await client.get(`/v1/files/${id}/content`)).body, bytes)
console.log(`${kept.size} files read through the front are the same`)

const compared = await assertSameContent(pathOf(name), pathOf(`${name}-restored`))
console.log(`${compared} files of both backups are the same by SHA-256`)

const dataDir = await mkdtemp(join(tmpdir(), 'holdfast-drill-'))
await askCommand({ dataDir }, 'backup', 'restore', pathOf(`${name}-restored`))
assert.deepEqual(await auditHouse({ dataDir }, graceMs), [])
await rm(dataDir, { recursive: true })
console.log('the audit finds nothing')
