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
  await proxy.refuse()
  const process = await house.restart()
  const { status, parts } = await readiness(process.url)
  assert.deepEqual([status, parts['storage']?.status, parts['database']?.status], [503, 'down', 'up'])
  const upload = () => house.administrator.upload('new.txt', Buffer.from('new'), { 'idempotency-key': 'new' })
  const refused = await upload()
  assert.deepEqual([refused.status, json<Problem>(refused).code], [503, 'storage.unavailable'])
  assert.equal(json<Problem>(await house.administrator.get(path)).code, 'storage.unavailable')
  assert.equal((await house.administrator.get('/v1/files')).status, 200)

  await proxy.accept()
  while ((await readiness(process.url)).status !== 200) await pause(50)
  assert.equal((await upload()).status, 201)
  assert.equal((await house.administrator.get(path)).body.toString(), 'kept')
  proxy.stall()
  for (let seen = 200; seen !== 503; ) {
    const asked = await readiness(process.url)
    assert.ok(asked.tookMs < 20_000, 'no part is waited for as long as a call of Azure may take')
    seen = asked.status
  }
})

test('a process that began while Azure was silent ends when what comes back is the place of another house', { skip }, async (t) => {
  const { house, proxy, direct, settings } = await openStoppedHouse(t)
  proxy.stall()
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
  proxy.resume()
  proxy.reset()
  const { code } = await process.exited
  assert.notEqual(code, 0)
  assert.match(lines.join('\n'), /is marked as another one than that of this database's blobs/)
})
