import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startTcpProxy } from '../../../../test/faults/tcp-proxy.ts'
import { readEvents } from '../live/testing/read-events.ts'
import { testSecret } from '../live/testing/test-hub.ts'
import { createHealth } from '../main/health.ts'
import { openWorker } from '../main/loops.ts'
import { hubPath } from './hub-access.ts'
import { startTestHub } from './test-hub-server.ts'
import { startTestServer } from './test-server.ts'

interface Events {
  readonly url: string
  readonly topics: readonly string[]
  readonly token: string
}

test('with a hub beside the service, that hub tells whoever may see a file, and nothing waits for it while it is away', async (t) => {
  await using started = await startTestHub(t)
  await using proxy = await startTcpProxy(started.origin)
  await using service = await startPublishing(t, new URL(hubPath, proxy.url).href)
  const { auth, upload, hide, listen, stranger, hubHealth } = service
  assert.equal((await service.get('/.well-known/mercure?match=a', auth)).statusCode, 404)
  const [mine, foreign] = [await listen(auth), await listen(stranger)]
  const first = await upload(auth, 'first.txt')
  const [event] = await mine.take(1)
  assert.deepEqual(JSON.parse(event?.data ?? '').id, first)
  assert.match(event?.id ?? '', /^urn:uuid:/)
  assert.equal((await hubHealth())?.status, 'up')

  await proxy.refuse()
  proxy.reset()
  const waiting = await upload(auth, 'waiting.txt')
  while ((await hubHealth())?.status !== 'down') await service.pass()
  assert.deepEqual([(await hubHealth())?.required, (await hubHealth())?.detail], [false, 'the hub cannot be reached (ECONNREFUSED)'])
  await proxy.accept()
  const again = await listen(auth, { 'last-event-id': event?.id ?? '' })
  const [late] = await again.take(1)
  assert.equal(JSON.parse(late?.data ?? '').id, waiting)

  await hide(waiting)
  const theirs = await upload(stranger, 'theirs.txt')
  const [heard] = await (await listen(stranger, { 'last-event-id': 'earliest' })).take(1)
  assert.equal(JSON.parse(heard?.data ?? '').id, theirs)
  foreign.close()
  const metrics = await service.metrics()
  for (const outcome of ['done', 'failed'])
    assert.match(metrics, new RegExp(`holdfast_part_calls_total{part="hub",call="\\w+",outcome="${outcome}"} [1-9]`))
})

/** A service whose hub is at `hubUrl`, with its worker. */
async function startPublishing(t: TestContext, hubUrl: string) {
  const { app, holdfast, auth, addTenant } = await startTestServer(t, {}, { MERCURE_URL: hubUrl, MERCURE_JWT_SECRET: testSecret })
  const stranger = { authorization: `Bearer ${(await addTenant('other@example.test')).apiKey}` }
  const stop = new AbortController()
  const working = openWorker(holdfast).run(stop.signal)
  const closing = new AbortController()
  const health = createHealth(holdfast, [], () => true)
  const get = (url: string, headers: Readonly<Record<string, string>>) => app.inject({ url, headers })
  return {
    ...{ auth, stranger, get },
    upload: async (headers: Readonly<Record<string, string>>, name: string): Promise<string> => {
      const answer = await app.inject({ method: 'POST', url: `/v1/files?name=${name}`, headers, payload: name })
      assert.equal(answer.statusCode, 201)
      return answer.json().id
    },
    hide: async (id: string) => {
      const answer = await app.inject({ method: 'PATCH', url: `/v1/files/${id}`, headers: auth, payload: { private: true } })
      assert.equal(answer.statusCode, 200)
    },
    /** To whatever there is, with the token of `GET /v1/events`. */
    listen: async (who: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) => {
      const { url, token } = (await get('/v1/events', who)).json<Events>()
      assert.equal(url, hubUrl)
      const answer = await fetch(`${url}?match=*`, { headers: { ...headers, authorization: `Bearer ${token}` }, signal: closing.signal })
      assert.equal(answer.status, 200)
      return readEvents(answer)
    },
    hubHealth: async () => (await health.parts())['hub'],
    pass: () => new Promise((resolve) => setTimeout(resolve, 50)),
    metrics: async () => (await get('/metrics', {})).body,
    // Before what the test server closes after the test.
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      stop.abort()
      await working
    },
  }
}
