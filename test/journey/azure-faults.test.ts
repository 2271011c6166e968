import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type HttpFault, startHttpProxy } from '../faults/http-proxy.ts'
import { expectJson, type Problem } from '../service/client.ts'
import { openHouse } from '../service/house.ts'
import { deleteInContainer, keysInContainer, makeContainer, signContainer } from '../service/own-container.ts'
import { runCommand } from '../service/run-command.ts'
import { json, type Reply } from '../service/send.ts'

const url = process.env['HOLDFAST_TEST_AZURE_BLOB_URL'] ?? ''
const skip = url === '' && 'no HOLDFAST_TEST_AZURE_BLOB_URL'

/** A house that keeps its blobs behind a proxy, and is let in by a signature. */
async function openFaultyHouse(t: TestContext) {
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  const { settings: direct } = opened.use(await makeContainer(url))
  const { AZURE_BLOB_ENDPOINT: endpoint = '', AZURE_BLOB_ACCOUNT_KEY: _key, ...rest } = direct
  const proxy = opened.use(await startHttpProxy(endpoint))
  const signature = signContainer(direct, 'rcwdl', 3_600_000)
  const settings = {
    ...rest,
    AZURE_BLOB_ENDPOINT: proxy.url,
    AZURE_BLOB_SAS_TOKEN: signature,
    MEDIA_PURGE_DELAY_SECONDS: '0',
    MESSENGER_RETRY_DELAY_MS: '50',
  }
  const lines: string[] = []
  const house = opened.use(await openHouse(settings, { onLine: (line) => lines.push(line) }))
  return { house, proxy, direct, settings, lines, signature }
}

const refusal = (status: number): HttpFault => ({
  kind: 'status',
  status,
  headers: { 'x-ms-error-code': 'ServerBusy', 'x-ms-request-id': 'a-request-of-azure' },
})

function assertUnavailable(reply: Reply, code = 'storage.unavailable'): void {
  assert.deepEqual([reply.status, json<Problem>(reply).code], [503, code], String(reply.body))
  if (code === 'storage.unavailable') assert.match(String(reply.headers['retry-after']), /^[1-9]\d*$/)
}

test('what Azure refuses is a 503 to a request and another try to a message; what it has lost is degraded', { skip }, async (t) => {
  const { house, proxy, lines, direct, settings, signature } = await openFaultyHouse(t)
  const { administrator } = house
  const { id } = expectJson<{ id: string }>(await administrator.upload('kept.txt', Buffer.from('kept')), 201)

  for (const fault of [refusal(403), refusal(429), refusal(503), { kind: 'reset' } as const]) {
    proxy.spoil(() => fault)
    assertUnavailable(await administrator.upload('refused.txt', Buffer.from('refused'), { 'idempotency-key': 'upload' }))
    assertUnavailable(await administrator.get(`/v1/files/${id}/content`))
  }
  const before = proxy.spoiled
  assert.equal((await administrator.ask('DELETE', `/v1/files/${id}`)).status, 202)
  while (proxy.spoiled < before + 4) await pause(20)
  assert.equal((await keysInContainer(direct))?.length, 1)

  proxy.spoil(() => undefined)
  while ((await keysInContainer(direct))?.length !== 0) await pause(20)
  const taken = expectJson<{ id: string }>(
    await administrator.upload('refused.txt', Buffer.from('refused'), { 'idempotency-key': 'upload' }),
    201,
  )

  await deleteInContainer(direct)
  assertUnavailable(await administrator.get(`/v1/files/${taken.id}/content`), 'storage.blob_missing')
  assert.ok(lines.some((line) => line.includes('the bytes of a live blob are missing')))
  assert.match((await administrator.get('/metrics')).body.toString(), /^holdfast_blobs_degraded_total 1$/m)
  const { code, output } = await runCommand({ dataDir: house.dataDir, settings }, 'media', 'reconcile', '--now')
  assert.match(output, /degraded blobs\s+1/)
  assert.notEqual(code, 0)

  assertLogged(lines, signature)
})

/** Each refusal with its code, its status and the id that Azure knows it by, and never what lets somebody in. */
function assertLogged(lines: readonly string[], signature: string): void {
  const told = lines.find((line) => line.includes('ServerBusy') && line.includes('request not served')) ?? '{}'
  const { err } = JSON.parse(told) as { err?: Record<string, unknown> }
  assert.deepEqual([err?.['code'], err?.['status'], err?.['requestId']], ['ServerBusy', 403, 'a-request-of-azure'])
  assert.ok(
    lines.some((line) => !line.includes('request not served') && line.includes('storage.unavailable')),
    'the message says it too',
  )
  const secret = new URLSearchParams(signature).get('sig') ?? ''
  assert.ok(secret.length > 20)
  for (const form of [secret, encodeURIComponent(secret)]) assert.ok(!lines.join('\n').includes(form))
}
