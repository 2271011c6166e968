import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startTestHub } from './test-hub-server.ts'

interface Told {
  readonly id: string
  readonly type: string
  readonly match?: string
  readonly topic?: string
  readonly match_type?: string
  readonly subscriber: string
  readonly active: boolean
  readonly payload?: unknown
  readonly lastEventID?: string
}

interface ToldList {
  readonly id: string
  readonly type: string
  readonly subscriptions: readonly Told[]
  readonly lastEventID?: string
}

const root = '/.well-known/mercure/subscriptions'
const told = ({ data }: { readonly data: string }): Told => JSON.parse(data)

describe('who listens', () => {
  test('is told to those whose token grants it, as it comes and goes, and to nobody else', async (t) => {
    await using started = await startTestHub(t)
    const { party, origin, hub, auth } = started
    const all = `${root}/:matchType/:match/:subscriber`
    const [watcher, nobody] = [await party.listen([all], [all]), await party.listen(['*'], ['/rooms/*'])]
    const [itself, other] = (await watcher.take(2)).map(told) as [Told, Told]
    assert.deepEqual([itself.match, itself.active, itself.type, other.match], [all, true, 'subscription', '*'])

    const detail = {
      type: 'https://mercure.rocks/authorization-detail',
      actions: ['subscribe'],
      topics: [{ match: '*' }],
      payload: { seat: 7 },
    }
    const token = await party.sign([], { claims: { authorization_details: [detail] } })
    const ask = (path: string, bearer: string) => fetch(`${origin}${path}`, { headers: { authorization: `Bearer ${bearer}` } })
    const stopping = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    await fetch(`${hub.url}?match=/rooms/1&match_exact=/rooms/1&match_urlpattern=/rooms/:id`, { headers, signal: stopping.signal })
    const began = await watcher.take(2)
    assert.deepEqual(
      began.map(({ type }) => type),
      ['mercure', 'mercure'],
    )
    const [exact, pattern] = began.map(told) as [Told, Told]
    assert.deepEqual([exact.match_type, exact.match, exact.payload], ['exact', '/rooms/1', { seat: 7 }])
    assert.deepEqual([pattern.match_type, pattern.match, pattern.active], ['urlpattern', '/rooms/:id', true])
    assert.equal(exact.subscriber, pattern.subscriber)
    assert.equal(exact.id, `${root}/exact/%2Frooms%2F1/${encodeURIComponent(exact.subscriber)}`)

    const asking = await party.sign([{ action: 'subscribe', topics: [root, `${root}/exact/:match`, all], arePatterns: true }])
    const answer = await ask(root, asking)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8')
    const link = answer.headers.get('link') ?? ''
    const last =
      /^<[^>]+\/\.well-known\/mercure>; rel="mercure"; last-event-id="([^"]+)"; type="mercure"; content-type="application\/json"$/.exec(
        link,
      )?.[1]
    assert.equal(last, began[1]?.id)
    const list = (await answer.json()) as ToldList
    assert.deepEqual([list.id, list.type, list.subscriptions.length], [root, 'subscriptions', 4])
    const ofMatcher = (await (await ask(`${root}/exact/%2Frooms%2F1`, asking)).json()) as ToldList
    assert.deepEqual(ofMatcher.subscriptions, [exact])
    assert.deepEqual(await (await ask(exact.id, asking)).json(), exact)
    assert.equal((await ask(`${root}/exact/%2Frooms%2F1/urn%3Auuid%3Anobody`, asking)).status, 404)
    assert.equal((await ask(`${root}/regexp/a`, asking)).status, 404)
    assert.equal((await ask(`${root}/urlpattern/%2Frooms%2F%3Aid`, asking)).status, 403)
    assert.equal((await ask(root, await party.sign([party.subscribing(['/rooms/*'])]))).status, 403)
    assert.equal((await ask(root, await party.sign([party.publishing(['*'])]))).status, 403)
    const { token: ours } = (await (await fetch(`${origin}/v1/events`, { headers: auth })).json()) as { token: string }
    assert.equal((await ask(root, ours)).status, 403)
    assert.equal((await fetch(`${origin}${root}`)).status, 401)

    stopping.abort()
    const ended = (await watcher.take(2)).map(told)
    assert.deepEqual(
      ended.map(({ id, active }) => [id, active]),
      [exact.id, pattern.id].map((id) => [id, false]),
    )
    assert.equal((await ask(exact.id, asking)).status, 404)
    const publisher = await party.sign([party.publishing(['*'])])
    const end = await (await party.post(publisher, [['topic', '/rooms/end']])).text()
    assert.deepEqual(await nobody.until(end), [end])
    for (const stream of [watcher, nobody]) stream.close()
  })

  test('is told to an old client in its words', async (t) => {
    await using started = await startTestHub(t, '0.x')
    const { party, origin } = started
    const all = `${root}/{topic}/{subscriber}`
    const claims = { mercure: { subscribe: [root, all], payload: { seat: 7 } } }
    const token = await party.sign([], { claims })
    const watcher = await party.listen([all], [all])
    const [itself] = await watcher.take(1)
    const stopping = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    const query = new URLSearchParams({ topic: '/rooms/{id}' })
    await fetch(`${origin}/.well-known/mercure?${query}`, { headers, signal: stopping.signal })
    const [event] = await watcher.take(1)
    assert.equal(event?.type, undefined)
    const began = told(event ?? { data: '' })
    assert.deepEqual([began.type, began.topic, began.active, began.payload], ['Subscription', '/rooms/{id}', true, { seat: 7 }])
    const answer = await fetch(`${origin}${root}`, { headers })
    assert.match(answer.headers.get('content-type') ?? '', /^application\/ld\+json/)
    const list = (await answer.json()) as ToldList
    assert.deepEqual([list.type, list.lastEventID, list.subscriptions.length], ['Subscriptions', event?.id, 2])
    assert.ok(list.subscriptions.some(({ id }) => id === told(itself ?? { data: '' }).id))
    const one = (await (await fetch(`${origin}${began.id}`, { headers })).json()) as Told
    assert.deepEqual(one, { ...began, lastEventID: event?.id ?? '' })
    stopping.abort()
    watcher.close()
  })

  test('is asked of no hub whose secret nobody has', async (t) => {
    await using started = await startTestHub(t)
    const { origin, hub } = started
    const metadata = await fetch(`${origin}/.well-known/oauth-protected-resource/.well-known/mercure`)
    const expected: Record<string, unknown> = {
      resource: hub.url,
      authorization_details_types_supported: ['https://mercure.rocks/authorization-detail'],
      bearer_methods_supported: ['header'],
      mercure_cookie: '__Secure-mercure_access_token',
      mercure_subscriptions: true,
    }
    assert.deepEqual(await metadata.json(), expected)
  })
})
