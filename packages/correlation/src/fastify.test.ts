import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify'
import { correlationPlugin } from './fastify.ts'
import { addToCorrelation, type Correlation, currentCorrelation, isCorrelationId } from './index.ts'
import { createLogger } from './log.ts'

let app: FastifyInstance
let url: string
let lines: string[]

const given = 'given-by-the-caller'
const hostile = 'hostile"}\t<id> with spaces'

beforeEach(async () => {
  lines = []
  const destination = { write: (line: string) => lines.push(line) }
  const loggerInstance: FastifyBaseLogger = createLogger({ service: 'test', env: 'test', version: '1', destination })
  app = fastify({ loggerInstance, forceCloseConnections: true })
  await app.register(correlationPlugin, { trustsTraceparentOf: ({ headers }: IncomingMessage) => headers['x-from'] === 'inside' })
  addRoutes()
  await app.listen({ host: '127.0.0.1', port: 0 })
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
})
afterEach(() => app.close())

function addRoutes(): void {
  app.get('/story', async (request) => {
    addToCorrelation({ tenant: 't' })
    await delay(1)
    return { ...currentCorrelation(), requestId: request.id, header: request.headers['x-correlation-id'], raw: request.raw.rawHeaders }
  })
  app.post('/body', async (request) => {
    request.log.info('in the handler')
    return { correlationId: currentCorrelation()?.correlationId, same: currentCorrelation() === request.correlation }
  })
  app.get('/failing', async () => {
    throw new Error('failed')
  })
  app.get('/hijacked', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/plain' })
    reply.raw.end('by hand')
  })
  app.register(async (streams) => {
    streams.addContentTypeParser('*', (_request, _body, done) => done(null))
    streams.post('/stream', async ({ raw }) => {
      const seen: (string | undefined)[] = []
      raw.on('data', () => seen.push(currentCorrelation()?.correlationId))
      await text(raw)
      return [...new Set(seen)]
    })
  })
}

interface Story extends Correlation {
  readonly requestId: string
}

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) => fetch(`${url}${path}`, { ...init, headers })

test('a good id is taken and answered; the story is the same everywhere in the request', async () => {
  const response = await ask('/story', { 'x-correlation-id': given })
  const story = (await response.json()) as Story
  assert.equal(response.headers.get('x-correlation-id'), given)
  assert.deepEqual([story.correlationId, story.requestId, story.tenant], [given, given, 't'])
})

test('a bad, a repeated or a missing id is replaced, and the raw one is nowhere', async () => {
  for (const id of [hostile, 'short', 'a'.repeat(65), undefined]) {
    const response = await ask('/story', id === undefined ? {} : { 'x-correlation-id': id })
    const told = await response.text()
    const minted = response.headers.get('x-correlation-id')
    assert.ok(isCorrelationId(minted))
    assert.equal(JSON.parse(told).correlationId, minted)
    if (id !== undefined) assert.equal((told + lines.join('')).includes(JSON.stringify(id).slice(1, -1)), false)
  }
  const twice = await app.inject({ url: '/story', headers: { 'x-correlation-id': [given, given] } })
  assert.notEqual(twice.headers['x-correlation-id'], given)
  assert.equal(lines.join('').includes('hostile'), false)
})

test('every answer has the id: errors, unknown routes, bad bodies and URLs, hijacked ones, injected ones', async () => {
  const headers = { 'x-correlation-id': given }
  const answers = [
    await ask('/failing', headers),
    await ask('/unknown', headers),
    await ask('/body', { ...headers, 'content-type': 'application/json' }, { method: 'POST', body: '{' }),
    await ask('/%zz', headers),
    await ask('/hijacked', headers),
    await ask('/story', headers, { method: 'DELETE' }),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [500, 404, 400, 400, 200, 404],
  )
  assert.deepEqual([...new Set(answers.map((answer) => answer.headers.get('x-correlation-id')))], [given])
  assert.equal((await app.inject({ url: '/story', headers })).headers['x-correlation-id'], given)
  assert.equal((await app.inject({ url: '/story', headers })).json().correlationId, given)
})

test("every line of a request has its id, Fastify's own and those after a body included", async () => {
  const json = { 'content-type': 'application/json' }
  const bodies = ['{"a":1}', '{', JSON.stringify('x'.repeat(200_000))]
  await Promise.all(
    bodies.map(async (body, at) => {
      const response = await ask('/body', { ...json, 'x-correlation-id': `story-number-${at}` }, { method: 'POST', body })
      await response.text()
    }),
  )
  await app.close()
  const ofRequests = lines.map((line) => JSON.parse(line)).filter(({ message }) => !String(message).startsWith('Server listening'))
  assert.deepEqual(
    bodies.map((_, at) => ofRequests.filter(({ correlation_id }) => correlation_id === `story-number-${at}`).map(({ message }) => message)),
    [
      ['incoming request', 'in the handler', 'request completed'],
      ['incoming request', "Body is not valid JSON but content-type is set to 'application/json'", 'request completed'],
      ['incoming request', 'in the handler', 'request completed'],
    ],
  )
  assert.equal(ofRequests.length, 9)
})

test('who listens to the bytes of a body is in the story, on a connection that served another before', async () => {
  for (const id of ['story-number-1', 'story-number-2']) {
    const response = await ask(
      '/stream',
      { 'x-correlation-id': id, 'content-type': 'application/octet-stream' },
      { method: 'POST', body: 'x'.repeat(300_000) },
    )
    assert.deepEqual(await response.json(), [id])
  }
})

test('pipelined requests of one connection do not share a story', async () => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const ask = (id: string, more = '') => `GET /story HTTP/1.1\r\nHost: x\r\nX-Correlation-ID: ${id}\r\n${more}\r\n`
  socket.write(ask('story-number-1') + ask('story-number-2') + ask('story-number-3', 'Connection: close\r\n'))
  const answers = await text(socket)
  assert.deepEqual(
    [...answers.matchAll(/"correlationId":"([^"]+)"/g)].map(([, id]) => id),
    ['story-number-1', 'story-number-2', 'story-number-3'],
  )
})

test('a trace is continued for who is trusted, and begun anew for everybody else', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const traceparent = `00-${traceId}-b7ad6b7169203331-01`
  const traceOf = async (response: Response) => ((await response.json()) as Story).trace
  const trusted = await traceOf(await ask('/story', { traceparent, 'x-from': 'inside' }))
  const stranger = await traceOf(await ask('/story', { traceparent }))
  assert.deepEqual([trusted?.traceId, trusted?.sampled], [traceId, true])
  assert.notEqual(trusted?.spanId, 'b7ad6b7169203331')
  assert.match(stranger?.traceId ?? '', /^(?!0af76519)[0-9a-f]{32}$/)
})
