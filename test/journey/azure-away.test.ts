import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startTcpProxy } from '../faults/tcp-proxy.ts'
import { createClient, expectJson, type Problem } from '../service/client.ts'
import { commandLine, startHoldfast } from '../service/holdfast-process.ts'
import { openHouse } from '../service/house.ts'
import { containerOf, makeContainer } from '../service/own-container.ts'
import { json } from '../service/send.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL'] ?? ''
const skip = url === '' && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

interface Readiness {
  readonly parts: Readonly<Record<string, { readonly status: string; readonly detail?: string }>>
}

/** A house that had its blobs behind a proxy, and was stopped. */
async function openStoppedHouse(t: TestContext) {
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  const { settings: direct } = opened.use(await makeContainer(url))
  const proxy = opened.use(await startTcpProxy(direct['AZURE_BLOB_ENDPOINT'] ?? ''))
  const settings = { ...direct, AZURE_BLOB_ENDPOINT: proxy.url }
  const house = opened.use(await openHouse(settings))
  const { id } = expectJson<{ id: string }>(await house.administrator.upload('kept.txt', Buffer.from('kept')), 201)
  await house.process.stop()
  return { house, proxy, direct, settings, path: `/v1/files/${id}/content` }
}

const readiness = async (at: string) => {
  const askedAt = performance.now()
  const reply = await createClient(at).get('/readyz')
  return { ...json<Readiness>(reply), status: reply.status, tookMs: performance.now() - askedAt }
}

test('a process starts while Azure is away, says so, and serves as soon as it is back', { skip }, async (t) => {
  const { house, proxy, path } = await openStoppedHouse(t)
  for (const away of ['refused', 'silent'] as const) {
    if (away === 'refused') {
      proxy.reset()
      await proxy.refuse()
    } else proxy.stall()
    const process = await house.restart()
    const { status, parts, tookMs } = await readiness(process.url)
    assert.deepEqual([status, parts['storage']?.status, parts['database']?.status], [503, 'down', 'up'])
    assert.ok(tookMs < 10_000, 'it does not wait for Azure')
    const upload = await house.administrator.upload(`${away}.txt`, Buffer.from('new'), { 'idempotency-key': away })
    assert.deepEqual([upload.status, json<Problem>(upload).code], [503, 'storage.unavailable'])
    assert.equal(json<Problem>(await house.administrator.get(path)).code, 'storage.unavailable')
    assert.equal((await house.administrator.get('/v1/files')).status, 200)

    proxy.resume()
    proxy.reset()
    await proxy.accept()
    while ((await readiness(process.url)).status !== 200) await pause(50)
    assert.equal((await house.administrator.upload(`${away}.txt`, Buffer.from('new'), { 'idempotency-key': away })).status, 201)
    assert.equal((await house.administrator.get(path)).body.toString(), 'kept')
    assert.deepEqual(await process.stop(), { code: 0, signal: null })
  }
})

test('a process that began while Azure was away ends when what comes back is the place of another house', { skip }, async (t) => {
  const { house, proxy, direct, settings } = await openStoppedHouse(t)
  await proxy.refuse()
  const lines: string[] = []
  const process = await startHoldfast({
    dataDir: house.dataDir,
    settings,
    command: [commandLine, 'run'],
    onLine: (line) => lines.push(line),
  })
  t.after(() => process.kill())
  await containerOf(direct)
    .getBlockBlobClient('.house')
    .upload('', 0, { metadata: { house: crypto.randomUUID() } })
  await proxy.accept()
  const { code } = await process.exited
  assert.notEqual(code, 0)
  assert.match(lines.join('\n'), /is marked as another one than that of this database's blobs/)
})
