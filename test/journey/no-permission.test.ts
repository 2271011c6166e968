import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { expectJson, type Problem } from '../service/client.ts'
import { commandLine } from '../service/holdfast-process.ts'
import { type House, openHouse } from '../service/house.ts'
import { json, type Reply } from '../service/send.ts'
import { takeSnapshot } from '../service/snapshot.ts'

/** Root may do everything, so for root the service runs as nobody. */
const nobody = 65_534
const uid = process.getuid?.() === 0 ? nobody : undefined
const asUser = uid === undefined ? {} : { uid, gid: uid }
const cannotRun = spawnSync(process.execPath, [commandLine, '--help'], asUser).status !== 0 && 'nobody cannot read these sources'

let dataDir: string

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'holdfast-permission-'))
  if (uid !== undefined) execFileSync('chown', [String(uid), dataDir])
})

after(() => rm(dataDir, { recursive: true, force: true }))

const open = (): Promise<House> => openHouse({}, { dataDir, ...(uid !== undefined && { uid }) })
const allow = (mode: string, ...paths: string[]) => execFileSync('chmod', ['-R', mode, ...paths.map((path) => join(dataDir, path))])

test('a folder of blobs that may not be written, or not be read', { skip: cannotRun }, async () => {
  await using house = await open()
  const { administrator, process: holdfast } = house
  const { id } = expectJson<{ id: string }>(await administrator.upload('kept.txt', Buffer.from('kept')), 201)
  const before = await takeSnapshot({ dataDir })

  allow('a-w', 'blobs')
  assertUnavailable(await administrator.upload('new.txt', Buffer.from('new')))
  assertUnavailable(await administrator.send({ method: 'PUT', path: `/v1/files/${id}/content`, body: Buffer.from('newer') }))
  assertUnavailable(await administrator.ask('POST', `/v1/files/${id}/erase`))
  allow('u+w', 'blobs')
  // What was decided is finished when it can be.
  expectJson(await administrator.ask('POST', `/v1/files/${id}/erase`), 200)
  const second = expectJson<{ id: string }>(await administrator.upload('kept.txt', Buffer.from('kept')), 201).id

  allow('a-r', 'blobs')
  assertUnavailable(await administrator.get(`/v1/files/${second}/content`))
  allow('u+r', 'blobs')
  assert.equal((await administrator.get(`/v1/files/${second}/content`)).body.toString(), 'kept')
  const { rows, storedKeys } = await takeSnapshot({ dataDir })
  assert.deepEqual({ ...rows, erasure: 0 }, before.rows)
  assert.equal(storedKeys.length, before.storedKeys.length)
  assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
})

test('a database that may not be written can be read', { skip: cannotRun }, async () => {
  allow('u-w', 'holdfast.db')
  await using house = await open()
  const { administrator, process: holdfast } = house
  const before = await takeSnapshot({ dataDir })
  for (const reply of [
    await administrator.upload('new.txt', Buffer.from('new')),
    await administrator.upload('new.txt', Buffer.from('new'), { 'idempotency-key': 'key' }),
    await administrator.ask('POST', '/v1/folders', { name: 'new' }),
    await administrator.ask('POST', '/v1/folders', { name: 'new' }, { 'idempotency-key': 'key' }),
  ]) {
    assertUnavailable(reply, /^(database\.unavailable|idempotency\.store_unavailable)$/)
  }
  const { items } = expectJson<{ items: { id: string }[] }>(await administrator.get('/v1/files'), 200)
  for (const { id } of items) assert.equal((await administrator.get(`/v1/files/${id}/content`)).status, 200)
  assert.deepEqual(await takeSnapshot({ dataDir }), before)
  assert.deepEqual(await holdfast.stop(), { code: 0, signal: null })
  allow('u+w', 'holdfast.db')
})

for (const [what, mode, path] of [
  ['a data folder that may not be written', 'u-w', '.'],
  ['a database that may not be read', 'u-rw', 'holdfast.db'],
  ['a signing key that may not be read', 'u-r', 'keys'],
] as const) {
  test(`${what}: told at the start, in words`, { skip: cannotRun }, async () => {
    allow(mode, path)
    const told = await open().then(
      async (house) => house[Symbol.asyncDispose](),
      (error: Error) => error.message,
    )
    allow('u+rwX', '.')
    assert.match(told ?? 'it started', /^holdfast: .+$/m)
    assert.doesNotMatch(told ?? '', /^\s+at /m, 'a stack helps nobody here')
  })
}

function assertUnavailable(reply: Reply, code = /^storage\.unavailable$/): void {
  const told = `${reply.status} ${reply.body}`
  assert.equal(reply.status, 503, told)
  assert.match(json<Problem>(reply).code, code, told)
  assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/)
  assert.doesNotMatch(reply.body.toString(), /\\n\s+at |\.ts:\d|\/blobs\//, told)
}
