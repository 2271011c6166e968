import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { correlationHeaders, createCorrelatedFetch } from './fetch.ts'
import { formatTraceparent, runWithCorrelation, startTrace } from './index.ts'

interface Received {
  readonly method: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

let server: Server
let port: number
let received: Received[]

beforeEach(async () => {
  received = []
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  received.push({ method: request.method, headers: request.headers, body: await text(request) })
  const { searchParams } = new URL(request.url ?? '/', 'http://x')
  const to = searchParams.get('to')
  if (to !== null) response.writeHead(Number(searchParams.get('status') ?? 302), { location: to })
  response.end('done')
}

const trace = startTrace()
const inStory = <Result>(work: () => Promise<Result>) => runWithCorrelation({ correlationId: 'story-one', trace }, work)
// The same server under two names: one is listed, the other is not.
const listed = () => `http://127.0.0.1:${port}`
const stranger = () => `http://localhost:${port}`
const correlated = () => createCorrelatedFetch({ hosts: [`127.0.0.1:${port}`] })
const ids = () => received.map(({ headers }) => [headers['x-correlation-id'], headers['traceparent']])
const ours = ['story-one', formatTraceparent(trace)]
const none = [undefined, undefined]

test('a listed host is told the story, another one is not, and nobody is outside of a story', async () => {
  await inStory(() => correlated()(listed(), { headers: { a: 'b' } }))
  await inStory(() => correlated()(new URL(stranger())))
  await correlated()(new Request(listed()))
  assert.deepEqual(ids(), [ours, none, none])
  assert.equal(received[0]?.headers['a'], 'b')
})

test('a redirect to another host does not take the ids or the credentials along', async () => {
  const response = await inStory(() =>
    correlated()(`${listed()}/?to=${stranger()}/end`, { headers: { authorization: 'Bearer abc', a: 'b' } }),
  )
  assert.equal(await response.text(), 'done')
  assert.deepEqual(ids(), [ours, none])
  assert.deepEqual([received[1]?.headers.authorization, received[1]?.headers['a']], [undefined, 'b'])
  await inStory(() => correlated()(`${listed()}/?to=/end`, { headers: { authorization: 'Bearer abc' } }))
  assert.deepEqual([ids()[3], received[3]?.headers.authorization], [ours, 'Bearer abc'])
})

test('methods and bodies go on through redirects as the Fetch standard says', async () => {
  const post = (status: number) =>
    inStory(() =>
      correlated()(`${listed()}/?status=${status}&to=/end`, { method: 'POST', body: 'body', headers: { 'content-type': 'text/plain' } }),
    )
  for (const status of [302, 303, 307, 308]) await post(status)
  assert.deepEqual(
    received.filter((_, at) => at % 2 === 1).map(({ method, body, headers }) => [method, body, headers['content-type']]),
    [
      ['GET', '', undefined],
      ['GET', '', undefined],
      ['POST', 'body', 'text/plain'],
      ['POST', 'body', 'text/plain'],
    ],
  )
  const streamed = inStory(() =>
    correlated()(`${listed()}/?status=307&to=/end`, { method: 'POST', body: new Blob(['body']).stream(), duplex: 'half' }),
  )
  await assert.rejects(streamed, /cannot be sent again/)
  assert.equal((await inStory(() => correlated()(`${listed()}/?to=/end`, { redirect: 'manual' }))).status, 302)
  await assert.rejects(
    inStory(() => correlated()(`${listed()}/?to=/end`, { redirect: 'error' })),
    TypeError,
  )
})

test('a redirect without end is given up', async () => {
  const loop = '/?to=%2F%3Fto%3D%252F'
  const endless = createCorrelatedFetch({ hosts: ['a.test'] }, async () => new Response(null, { status: 302, headers: { location: loop } }))
  await assert.rejects(
    inStory(() => endless('http://a.test/')),
    /too many redirects/,
  )
})

test('hosts are listed by name, by name and port, or by the domain above them; Azure has its own header', () => {
  const hosts = { hosts: ['a.test', 'b.test:8080', '.c.test'], azureHosts: ['.blob.core.windows.net'] }
  const told = ['http://a.test/', 'https://a.test:1/', 'http://b.test:8080/', 'http://x.c.test/']
  const untold = ['http://xa.test/', 'http://b.test/', 'http://c.test/', 'http://xc.test/', 'http://a.test.evil/', 'http://evil/a.test']
  runWithCorrelation({ correlationId: 'story-one' }, () => {
    for (const url of told) assert.deepEqual(correlationHeaders(new URL(url), hosts), { 'x-correlation-id': 'story-one' }, url)
    for (const url of untold) assert.deepEqual(correlationHeaders(new URL(url), hosts), {}, url)
    assert.deepEqual(correlationHeaders(new URL('https://account.blob.core.windows.net/c/b'), hosts), {
      'x-ms-client-request-id': 'story-one',
    })
  })
})
