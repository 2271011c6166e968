import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { readEvents } from '../live/testing/read-events.ts'
import type { TrustedHub } from '../live/testing/test-hub.ts'
import { createHealth } from '../main/health.ts'
import { openWorker } from '../main/loops.ts'
import { startTestServer } from './test-server.ts'

interface Events {
  readonly url: string
  readonly topics: readonly string[]
  readonly token: string
}

type Headers = Readonly<Record<string, string>>

/** A service whose hub is elsewhere, with its worker. */
export async function startPublishingServer(t: TestContext, hub: TrustedHub) {
  const settings = { MERCURE_URL: hub.url, MERCURE_JWT_SECRET: hub.secret, MERCURE_JWT_ISSUER: hub.issuer, MERCURE_PROTOCOL: hub.version }
  const { app, holdfast, auth, addTenant } = await startTestServer(t, {}, settings)
  const stranger = { authorization: `Bearer ${(await addTenant('other@example.test')).apiKey}` }
  const stop = new AbortController()
  const working = openWorker(holdfast).run(stop.signal)
  const closing = new AbortController()
  const health = createHealth(holdfast, [], { started: () => true, isStopping: () => false })
  const get = (url: string, headers: Headers) => app.inject({ url, headers })
  const sent = async (method: 'POST' | 'PATCH', url: string, headers: Headers, payload: string | object): Promise<string> => {
    const answer = await app.inject({ method, url, headers, payload })
    assert.ok(answer.statusCode < 300, answer.body)
    return answer.json().id
  }
  return {
    ...{ auth, stranger, get },
    upload: (who: Headers, name: string) => sent('POST', `/v1/files?name=${name}`, who, name),
    hide: (id: string) => sent('PATCH', `/v1/files/${id}`, auth, { private: true }),
    /** To whatever there is, with the token of `GET /v1/events`. */
    listen: async (who: Headers, headers: Headers = {}) => {
      const { url, token } = (await get('/v1/events', who)).json<Events>()
      assert.equal(url, hub.url)
      const query = hub.version === '0.x' ? 'topic=*' : 'match=*'
      const answer = await fetch(`${url}?${query}`, { headers: { ...headers, authorization: `Bearer ${token}` }, signal: closing.signal })
      assert.equal(answer.status, 200)
      return readEvents(answer)
    },
    hubHealth: async () => (await health.parts())['hub'],
    metrics: async () => (await get('/metrics', {})).body,
    // Before what the test server closes after the test.
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      stop.abort()
      await working
    },
  }
}
