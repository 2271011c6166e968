import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify'
import { idempotencyPlugin, idempotent, idempotentUpload } from './fastify.ts'
import { type Answer, createIdempotency, type Idempotency, type KeyedRequest } from './index.ts'
import { createMemoryKeyStore, type MemoryTransaction } from './memory/memory-key-store.ts'

let app: FastifyInstance
let idempotency: Idempotency<MemoryTransaction>
let url: string
let effects: number

const options = {
  scope: ({ headers }: FastifyRequest) => ({ tenant: 'tenant', principal: headers.authorization ?? 'nobody' }),
  problem: (error: unknown): Answer => {
    const { status = 500, message = '' } = error as { status?: number; message?: string }
    return { status, headers: { 'content-type': 'application/problem+json' }, body: { status, message } }
  },
}

const failWith = (status: number) => Object.assign(new Error(`failed with ${status}`), { status })

beforeEach(async () => {
  const store = createMemoryKeyStore()
  idempotency = createIdempotency<MemoryTransaction>({ store, transaction: store.transaction, ttlMs: 60_000 })
  effects = 0
  app = fastify({ forceCloseConnections: true })
  await app.register(idempotencyPlugin)
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = options.problem(error)
    return reply.code(status).type('application/problem+json').send(body)
  })
  addRoutes()
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterEach(() => app.close())

function addRoutes(): void {
  const effect = (answer: Answer) => async () => {
    effects += 1
    return answer
  }
  app.all<{ Body: unknown }>(
    '/notes/:id',
    idempotent(idempotency, options, ({ body }, commit) =>
      commit(effect({ status: 201, headers: { location: '/notes/1', 'set-cookie': 'a=1' }, body: { effects, body } })),
    ),
  )
  app.post(
    '/demanding',
    idempotent(idempotency, { ...options, requireKey: true }, (_request, commit) => commit(effect({ status: 204 }))),
  )
  app.post<{ Body: { status: number } }>(
    '/failing',
    idempotent(idempotency, options, ({ body }, commit) => {
      effects += 1
      if (body.status === 0) return commit(() => Promise.reject(failWith(404)))
      throw failWith(body.status)
    }),
  )
  app.post(
    '/slow',
    idempotent(idempotency, { ...options, claim: 'before' }, async (request, commit) => {
      assert.equal(request.idempotency?.signal.aborted, false)
      return commit(effect({ status: 200, body: { claim: request.idempotency?.claim } }))
    }),
  )
  app.register(async (uploads) => {
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_request, _body, done) => done(null))
    const digest = async ({ raw }: FastifyRequest) => hash('sha256', await buffer(raw))
    uploads.post(
      '/uploads',
      idempotentUpload(idempotency, { ...options, digest }, async ({ raw }, commit) => {
        const bytes = await buffer(raw)
        return commit(effect({ status: 201, headers: { 'content-type': 'text/plain' }, body: bytes }), {
          bodyDigest: hash('sha256', bytes),
        })
      }),
    )
  })
}

interface Sent {
  readonly path?: string
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
}

/** By node:http, which sends a header more than once when it is asked to. */
async function send({ path = '/notes/1', method = 'POST', headers = {}, body = '{"a":1}' }: Sent = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const sent = httpRequest(`${url}${path}`, { method, headers: { 'content-type': 'application/json', ...headers } }, resolve)
  sent.on('error', reject).end(body)
  const response = await promise
  return { status: response.statusCode, headers: response.headers, body: (await buffer(response)).toString() }
}

const keyed = (key: string | string[], more: Record<string, string> = {}) => ({ 'idempotency-key': key, ...more })

test('a repeat gets the status, headers and bytes of the first answer, and says so', async () => {
  const first = await send({ headers: keyed('one') })
  const second = await send({ headers: keyed('"one"') })
  assert.deepEqual([first.status, first.body], [201, '{"effects":0,"body":{"a":1}}'])
  assert.deepEqual([second.status, second.body], [201, first.body])
  assert.deepEqual([first.headers['idempotency-key'], second.headers['idempotency-key']], ['one', '"one"'])
  assert.deepEqual([first.headers['idempotent-replayed'], second.headers['idempotent-replayed']], [undefined, 'true'])
  assert.deepEqual([first.headers['set-cookie'], second.headers['set-cookie']], [['a=1'], undefined])
  assert.equal(second.headers.location, '/notes/1')
  assert.equal(second.headers['content-type'], 'application/json; charset=utf-8')
  assert.equal(effects, 1)
})

test('1,000 equal requests at once have one effect and one answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => app.inject({ method: 'POST', url: '/notes/1', headers: keyed('one'), payload: { a: 1 } })),
  )
  assert.equal(effects, 1)
  assert.deepEqual([...new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`))], ['201 {"effects":0,"body":{"a":1}}'])
})

test('a change of method, path, query, type or bytes is another request; the order of the query is not', async () => {
  const path = '/notes/1?b=2&a=1'
  await send({ path, headers: keyed('one') })
  const changes: Sent[] = [
    { method: 'PUT' },
    { path: '/notes/2?b=2&a=1' },
    { path: '/notes/1?b=2' },
    { body: '{"a":2}' },
    { body: '{ "a":1}' },
  ]
  for (const change of changes) {
    const answer = await send({ path, headers: keyed('one'), ...change })
    assert.equal(answer.status, 422, JSON.stringify(change))
    assert.match(answer.body, /used with another request/)
    assert.equal(answer.headers['idempotency-key'], 'one')
  }
  const other = await send({ path, headers: keyed('one', { 'content-type': 'application/json; charset=utf-8' }) })
  assert.equal(other.status, 422)
  const same = await send({ path: '/notes/1?a=1&b=2', headers: keyed('one', { 'content-type': 'Application/JSON' }) })
  assert.equal(same.headers['idempotent-replayed'], 'true')
  assert.equal(effects, 1)
})

test("another principal's key is another key", async () => {
  await send({ headers: keyed('one', { authorization: 'a' }) })
  const other = await send({ headers: keyed('one', { authorization: 'b' }) })
  assert.deepEqual([other.status, other.headers['idempotent-replayed'], effects], [201, undefined, 2])
})

test('a malformed, empty or repeated key is refused, and so is a missing one where it is demanded', async () => {
  const malformed = ['', 'a b', '"a', 'a\u00e9', 'x'.repeat(256), `"${'x'.repeat(256)}"`, '""', '"a";b=1', ['a', 'a'], ['"a"', '"b"']]
  for (const key of malformed) {
    const answer = await send({ headers: keyed(typeof key === 'string' ? Buffer.from(key).toString('latin1') : key) })
    assert.deepEqual([answer.status, answer.headers['idempotency-key']], [400, undefined], JSON.stringify(key))
  }
  assert.equal((await send({ path: '/demanding' })).status, 400)
  assert.equal(effects, 0)
  const longest = await send({ path: '/demanding', headers: keyed('x'.repeat(255)) })
  assert.deepEqual([longest.status, longest.body], [204, ''])
  assert.equal((await send()).status, 201)
})

test('what fails for good is answered again from the store; what may pass is tried again', async () => {
  for (const status of [0, 400, 404, 422]) {
    const before = effects
    const sent = { path: '/failing', headers: keyed(`key-${status}`), body: JSON.stringify({ status }) }
    const first = await send(sent)
    const second = await send(sent)
    assert.deepEqual([first.status, second.status, second.body], [status || 404, status || 404, first.body])
    assert.equal(second.headers['content-type'], 'application/problem+json; charset=utf-8')
    assert.deepEqual([second.headers['idempotent-replayed'], effects - before], ['true', 1])
  }
  for (const status of [401, 403, 409, 429, 500, 503]) {
    const before = effects
    const sent = { path: '/failing', headers: keyed(`key-${status}`), body: JSON.stringify({ status }) }
    assert.equal((await send(sent)).status, status)
    assert.deepEqual([(await send(sent)).headers['idempotent-replayed'], effects - before], [undefined, 2])
  }
})

test('a route with slow work knows its claim', async () => {
  const first = JSON.parse((await send({ path: '/slow', headers: keyed('one') })).body)
  assert.match(first.claim.id, /^[0-9a-f-]{36}$/)
  assert.deepEqual(JSON.parse((await send({ path: '/slow', headers: keyed('one') })).body), first)
  assert.equal(effects, 1)
})

test('a request whose client is gone is abandoned', async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<KeyedRequest>()
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  const watched: typeof idempotency = {
    ...idempotency,
    runOnce(keyed, work) {
      ask(keyed)
      return idempotency.runOnce(keyed, work)
    },
  }
  const other = fastify({ forceCloseConnections: true })
  const hang = idempotent(watched, { ...options, claim: 'before' }, async (_request, commit) => {
    await ended
    return commit(async () => ({ status: 204 }))
  })
  other.post('/hanging', hang)
  const address = new URL('/hanging', await other.listen({ host: '127.0.0.1', port: 0 }))
  const sent = httpRequest(address, { method: 'POST', headers: keyed('one') }).on('error', () => undefined)
  sent.end()
  const { isAbandoned = assert.fail } = await asked
  assert.equal(isAbandoned(), false)
  sent.destroy()
  while (!isAbandoned()) await pause(5)
  end()
  await other.close()
})

test('an upload is streamed, compared by its bytes at a repeat, and refused with others', async () => {
  const upload = (body: string) => send({ path: '/uploads', headers: keyed('one', { 'content-type': 'text/plain' }), body })
  const bytes = 'x'.repeat(1_000_000)
  assert.equal((await upload(bytes)).body, bytes)
  const again = await upload(bytes)
  assert.equal(again.body, bytes)
  assert.deepEqual([again.headers['idempotent-replayed'], again.headers['content-type']], ['true', 'text/plain'])
  assert.equal((await upload(`${bytes}y`)).status, 422)
  assert.equal(effects, 1)
})

test('a multipart boundary is no part of the request', async () => {
  const upload = (boundary: string) =>
    send({ path: '/uploads', headers: keyed('one', { 'content-type': `multipart/form-data; boundary=${boundary}` }), body: 'parts' })
  await upload('a')
  assert.equal((await upload('b')).headers['idempotent-replayed'], 'true')
})

const notUtf8 = Buffer.from('{"a":"\xff"}', 'latin1')

test('JSON that is not well-formed is refused as without the plugin, and the key stays free', async () => {
  for (const body of ['{', '', '{"__proto__":1}', notUtf8]) assert.equal((await send({ headers: keyed('one'), body })).status, 500)
  assert.equal((await send({ headers: keyed('one') })).status, 201)
})

test('a route that forgets its commit, or the digest of what it read, does not compile', async () => {
  const digesting = { ...options, digest: async () => '' }
  // @ts-expect-error: an answer is not what commit gives
  const forgets = idempotent(idempotency, options, async () => ({ status: 200 }))
  // @ts-expect-error: the digest of the body is missing
  const undigested = idempotentUpload(idempotency, digesting, (_request, commit) => commit(async () => ({ status: 200 })))
  const other = fastify()
  await other.register(idempotencyPlugin)
  other.post('/forgets', forgets)
  other.post('/undigested', undigested)
  for (const path of ['/forgets', '/undigested']) {
    assert.equal((await other.inject({ method: 'POST', url: path, headers: keyed('one') })).statusCode, 500)
  }
  await other.close()
})
