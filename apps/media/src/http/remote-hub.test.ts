import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts'
import { hubPath } from './hub-access.ts'
import { startTestHub } from './test-hub-server.ts'
import { startPublishingServer } from './test-publishing-server.ts'

const fileOf = (event: { readonly data: string } | undefined): string => JSON.parse(event?.data ?? '').id

test('with a hub beside the service, that hub tells whoever may see a file, and nothing waits for it while it is away', async (t) => {
  await using started = await startTestHub(t)
  await using proxy = await startTcpProxy(started.origin)
  await using service = await startPublishingServer(t, { ...started.hub, url: new URL(hubPath, proxy.url).href })
  const { auth, stranger, upload, hide, listen, hubHealth } = service
  assert.equal((await service.get(`${hubPath}?match=a`, auth)).statusCode, 404)
  const mine = await listen(auth)
  const first = await upload(auth, 'first.txt')
  const [event] = await mine.take(1)
  assert.equal(fileOf(event), first)
  assert.match(event?.id ?? '', /^urn:uuid:/)
  assert.equal((await hubHealth())?.status, 'up')

  await proxy.refuse()
  proxy.reset()
  const waiting = await upload(auth, 'waiting.txt')
  while ((await hubHealth())?.status !== 'down') await pause(50)
  assert.deepEqual([(await hubHealth())?.required, (await hubHealth())?.detail], [false, 'the hub cannot be reached (ECONNREFUSED)'])
  await proxy.accept()
  const again = await listen(auth, { 'last-event-id': event?.id ?? '' })
  assert.equal(fileOf((await again.take(1))[0]), waiting)

  await hide(waiting)
  assert.equal(fileOf((await again.take(1))[0]), waiting)
  const theirs = await upload(stranger, 'theirs.txt')
  assert.equal(fileOf((await (await listen(stranger, { 'last-event-id': 'earliest' })).take(1))[0]), theirs)
  const metrics = await service.metrics()
  for (const outcome of ['done', 'failed'])
    assert.match(metrics, new RegExp(`holdfast_part_calls_total{part="hub",call="\\w+",outcome="${outcome}"} [1-9]`))
})
