import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { draft08 } from '../live/draft-08.ts'
import { type Listening, type ReadEvent, readEvents } from '../live/testing/read-events.ts'
import { openWorker } from '../main/loops.ts'
import { closeWithin } from './close-within.ts'
import { listen as listenOn, startTestServer } from './test-server.ts'

describe('live updates', () => {
  test('tell of a file what the design promises, to who listens and to who comes back', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, get, upload, listen } = live
    const { url, topics, token, expiresAt } = await ask(auth)
    assert.ok(Date.parse(expiresAt) > Date.now())
    const links = ['/v1/files', '/v1/events'].map(async (path) => (await get(new URL(path, url).href, ofBearer(auth))).headers.get('link'))
    assert.deepEqual(await Promise.all(links), [`<${url}>; rel="mercure"`, `<${url}>; rel="mercure"; last-event-id="earliest"`])
    const stream = await listen(url, token, topics)
    assert.match(await (await get(new URL('/metrics', url).href)).text(), /^holdfast_live_listeners 1$/m)
    const file = await upload(auth, 'a.txt')
    const [event] = (await stream.take(1)) as [ReadEvent]
    assert.deepEqual(Object.keys(told(event)), ['event', 'id', 'at', 'correlationId'])
    assert.equal(told(event).event, 'file.created')
    assert.equal(told(event).id, file.id)
    const second = await upload(auth, 'b.txt')
    await stream.take(1)
    stream.close()
    const again = await listen(url, token, ['*'], { 'last-event-id': event.id })
    assert.equal(again.headers.get('mercure-last-event-id'), event.id)
    assert.deepEqual(
      (await again.take(1)).map((one) => told(one).id),
      [second.id],
    )
    const unknown = await listen(url, token, ['*'], { 'last-event-id': 'urn:unknown' })
    assert.equal(unknown.headers.get('mercure-last-event-id'), 'earliest')
    assert.deepEqual(
      (await unknown.take(2)).map((one) => told(one).id),
      [file.id, second.id],
    )
  })

  test('tell nobody of what it may not see, by no pattern and by no replay', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, upload, listen, addTenant, addUser, patch } = live
    const stranger = { authorization: `Bearer ${(await addTenant('other@example.test')).apiKey}` }
    const colleague = await addUser()
    const secret = await upload(auth, 'secret.txt')
    await patch(auth, secret.id, { private: true })
    const streams: Listening[] = []
    for (const who of [auth, colleague, stranger]) {
      const { url, token } = await ask(who)
      streams.push(await listen(url, token, ['*', '/live/:tenant/users/*'], { 'last-event-id': 'earliest' }))
    }
    await patch(auth, secret.id, { name: 'hidden.txt' })
    const open = await upload(auth, 'open.txt')
    const foreign = await upload(stranger, 'foreign.txt')
    const [mine, theirs, others] = await Promise.all(
      [open, open, foreign].map(async ({ id }, index) => filesUntil(streams[index] as Listening, id)),
    )
    assert.ok(mine?.filter((id) => id === secret.id).length === 3)
    assert.ok(!theirs?.slice(1).includes(secret.id), 'private since')
    assert.deepEqual(others, [foreign.id])
  })

  test('tell of what is shared those it is shared with, for as long as it is', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, upload, listen, addUser, patch, share, withdraw } = live
    const colleague = await addUser()
    const files = [await upload(auth, 'shared.txt'), await upload(auth, 'withdrawn.txt'), await upload(auth, 'secret.txt')] as const
    const [shared, withdrawn, secret] = files
    for (const { id } of files) await patch(auth, id, { private: true })
    for (const { id } of [shared, withdrawn]) await share(id, colleague)
    const { url, topics, token } = await ask(colleague)
    const stream = await listen(url, token, topics)
    await withdraw(withdrawn.id, colleague)
    for (const { id } of [secret, withdrawn, shared]) await patch(auth, id, { favourite: true })
    const told = await filesUntil(stream, shared.id)
    assert.ok(!told.includes(secret.id))
    const replay = await listen(url, token, topics, { 'last-event-id': 'earliest' })
    const open = await upload(auth, 'open.txt')
    const replayed = await filesUntil(replay, open.id)
    assert.deepEqual(new Set(replayed), new Set([shared.id, open.id]), 'what is withdrawn is in no replay')
  })

  test('tell of each file that goes into the trash, or comes back, with its folder', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, listen, send, makeFolder, upload } = live
    const { id: folderId } = await makeFolder(auth, 'a folder')
    const { url, topics, token } = await ask(auth)
    const stream = await listen(url, token, topics)
    const files = [await upload(auth, 'a.txt', folderId), await upload(auth, 'b.txt', folderId)]
    await stream.take(files.length)
    const events = async () => new Set((await stream.take(files.length)).map((event) => `${told(event).event} ${told(event).id}`))
    await send(auth, `/v1/folders/${folderId}`, { method: 'DELETE' })
    assert.deepEqual(await events(), new Set(files.map(({ id }) => `file.trashed ${id}`)))
    await send(auth, `/v1/folders/${folderId}/restore`, { method: 'POST' })
    assert.deepEqual(await events(), new Set(files.map(({ id }) => `file.restored ${id}`)))
  })

  test('refuse what cannot be a subscription, and tokens of another kind', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, get } = live
    const { url, token } = await ask(auth)
    for (const query of [
      '',
      '?match_regexp=a',
      '?MATCH=a',
      '?match=',
      '?match=%0a',
      '?match_urlpattern=/(a%2B)%2B',
      '?match=a&last_event_id=%07',
    ]) {
      assert.equal((await get(`${url}${query}`, token)).status, 400, query)
    }
    for (const wrong of [undefined, 'x', ofBearer(auth), `${token}x`]) {
      assert.equal((await get(`${url}?match=*`, wrong)).status, 401)
    }
  })

  test('answer HEAD with the head alone', async (t) => {
    const { app, auth } = await startTestServer(t)
    const { token } = (await app.inject({ url: '/v1/events', headers: auth })).json()
    const authorization = `Bearer ${token}`
    const url = '/.well-known/mercure?match=*'
    const answer = await app.inject({ method: 'HEAD', url, headers: { authorization, 'last-event-id': 'urn:unknown' } })
    assert.deepEqual(
      [answer.statusCode, answer.headers['content-type'], answer.headers['mercure-last-event-id'], answer.body],
      [200, 'text/event-stream', 'earliest', ''],
    )
  })

  test('forget who leaves before the stream begins', async (t) => {
    const [asked, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let closed = 0
    const subscribe = async (_: unknown, open: () => unknown) => {
      asked.resolve()
      await left.promise
      open()
      return { close: () => void closed++ }
    }
    const grants = { publish: [], subscribe: [], payloadOf: () => undefined }
    const holder = { principal: 'p', subject: undefined, grants, expiresAt: Number.POSITIVE_INFINITY }
    const own = { hub: { subscribe }, liveTokens: { verify: async () => holder }, tellsSubscriptions: false }
    const live = { protocol: draft08, tokens: { issue: () => assert.fail() }, own, remote: undefined }
    const { app } = await startTestServer(t, { live })
    const leaving = new AbortController()
    const url = `http://127.0.0.1:${await listenOn(app)}/.well-known/mercure?match=*`
    const answer = fetch(url, { headers: { authorization: 'Bearer x' }, signal: leaving.signal })
    await asked.promise
    leaving.abort()
    await assert.rejects(answer)
    while ((await promisify(app.server.getConnections.bind(app.server))()) > 0) await sleep(5)
    left.resolve()
    while (closed === 0) await sleep(5)
    const before = closed
    await app.close()
    assert.equal(closed, before)
  })

  test('end soon after the right is gone', async (t) => {
    await using live = await startLive(t)
    const { auth, ask, listen, revoke } = live
    const { url, token } = await ask(auth)
    const stream = await listen(url, token, ['*'])
    await revoke()
    await stream.ended()
  })
})

const ofBearer = ({ authorization }: Auth): string => authorization.slice('Bearer '.length)

const graceMs = 1_000

interface Events {
  readonly url: string
  readonly topics: readonly string[]
  readonly token: string
  readonly expiresAt: string
}

type Auth = { readonly authorization: string }
type Colleague = Auth & { readonly id: string }

async function startLive(t: TestContext) {
  const { app, holdfast, auth, addTenant } = await startTestServer(t)
  const origin = `http://127.0.0.1:${await listenOn(app)}`
  const stop = new AbortController()
  const running = Promise.all([holdfast.live.own?.hub.run(stop.signal), openWorker(holdfast).run(stop.signal)])
  const closing = new AbortController()
  const send = async <Answer>(
    who: Auth,
    path: string,
    { headers, ...init }: Omit<RequestInit, 'headers'> & { readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const answer = await fetch(`${origin}${path}`, { ...init, headers: { ...who, ...headers } })
    assert.ok(answer.ok, `${path} ${answer.status} ${answer.ok ? '' : await answer.text()}`)
    return (await answer.json()) as Answer
  }
  const json = (method: string, body: object) => ({ method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const get = (url: string, token?: string, headers = {}) =>
    fetch(url, { headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) }, signal: closing.signal })
  return {
    auth,
    addTenant,
    get,
    ask: (who: Auth) => send<Events>(who, '/v1/events'),
    send,
    upload: (who: Auth, name: string, folderId = 'root') =>
      send<{ id: string }>(who, `/v1/files?name=${name}&folder=${folderId}`, { method: 'POST', body: name }),
    makeFolder: (who: Auth, name: string) => send<{ id: string }>(who, '/v1/folders', json('POST', { name })),
    share: (fileId: string, { id }: Colleague) => send(auth, `/v1/files/${fileId}/shares/${id}`, { method: 'PUT' }),
    withdraw: async (fileId: string, { id }: Colleague) => {
      const { status } = await fetch(`${origin}/v1/files/${fileId}/shares/${id}`, { method: 'DELETE', headers: auth })
      assert.equal(status, 204)
    },
    patch: (who: Auth, id: string, body: object) => send(who, `/v1/files/${id}`, json('PATCH', body)),
    addUser: async (): Promise<Colleague> => {
      const given = { email: 'colleague@example.test', password: 'a long enough passphrase' }
      const { id } = await send<{ id: string }>(auth, '/v1/users', json('POST', { ...given, name: 'Colleague', roles: ['editor'] }))
      const { accessToken } = await send<{ accessToken: string }>(auth, '/v1/tokens', json('POST', given))
      return { id, authorization: `Bearer ${accessToken}` }
    },
    revoke: () => holdfast.media.inTransaction(async ({ sql, now }) => void (await sql.run('UPDATE api_key SET revoked_at = ?', [now]))),
    listen: async (url: string, token: string, topics: readonly string[], headers = {}) => {
      const query = new URLSearchParams(topics.map((topic): [string, string] => ['match_urlpattern', topic]))
      const answer = await get(`${url}?${query}`, token, headers)
      assert.equal(answer.status, 200)
      return readEvents(answer)
    },
    // Before what the test server closes after the test.
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      stop.abort()
      await Promise.all([running, closeWithin(app, graceMs)])
    },
  }
}

/** What an event tells of a file. */
const told = ({ data }: ReadEvent): { readonly event: string; readonly id: string } => JSON.parse(data)

/** The files told of, up to this one. */
async function filesUntil(stream: Listening, fileId: string): Promise<string[]> {
  const ids: string[] = []
  while (ids.at(-1) !== fileId) ids.push(told((await stream.next()) ?? assert.fail('the stream ended')).id)
  return ids
}
