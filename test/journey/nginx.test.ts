import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { request } from 'node:https'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Nginx, startNginx } from '../../tools/servers/nginx.ts'
import { makeAuthority } from '../service/authority.ts'
import { type House, openHouse } from '../service/house.ts'

/** What is nginx's own part: TLS, who asks, bodies and streams that go through as they come, and a service that does not answer. */

const program = process.env['HOLDFAST_TEST_NGINX_PATH'] ?? ''
const skip = program === '' && 'no HOLDFAST_TEST_NGINX_PATH'
const closing = new AsyncDisposableStack()
let house: House
let front: Nginx
let ca: Buffer

before(async () => {
  if (skip !== false) return
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-nginx-'))
  closing.defer(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  const authority = await makeAuthority(folder, 'ours')
  ca = await readFile(authority.ca)
  house = closing.use(await openHouse({ HTTP_TRUSTED_PROXIES: '127.0.0.1', HTTP_MAX_UNKNOWN_PER_MINUTE: '30' }))
  const app = new URL(house.process.url).host
  front = closing.use(await startNginx({ program, servers: [app], tls: await authority.certify('localhost', folder) }))
})

after(() => closing.disposeAsync())

/** The answer as it begins, and what it was asked by, which may still be written to. */
function begin(method: string, path: string, headers: OutgoingHttpHeaders = {}) {
  const authorization = `Bearer ${house.account.apiKey}`
  const { port } = new URL(front.url)
  const asked = request({ host: 'localhost', port, path, method, ca, agent: false, headers: { authorization, ...headers } })
  const answer = once(asked, 'response').then(([incoming]) => incoming as IncomingMessage)
  return { asked, answer }
}

async function ask(method: string, path: string, headers: OutgoingHttpHeaders = {}, body?: string) {
  const { asked, answer } = begin(method, path, headers)
  asked.end(body)
  const incoming = await answer
  const text = (await incoming.toArray()).join('')
  return { status: incoming.statusCode, headers: incoming.headers, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
}

test('live updates come at once, from where the client asked, by TLS', { skip }, async () => {
  const { body } = await ask('GET', '/v1/events')
  const { url, topics, token } = body as { url: string; topics: string[]; token: string }
  assert.equal(url, `https://localhost:${new URL(front.url).port}/.well-known/mercure`)
  const query = new URLSearchParams(topics.map((topic): [string, string] => ['match_urlpattern', topic]))
  const stream = begin('GET', `/.well-known/mercure?${query}`, { authorization: `Bearer ${token}` })
  stream.asked.end()
  const incoming = await stream.answer
  assert.equal(incoming.statusCode, 200)
  assert.equal((await ask('POST', '/v1/files?name=one.txt', { 'content-type': 'text/plain' }, 'bytes')).status, 201)
  for await (const chunk of incoming) if (String(chunk).includes('file.created')) break
})

test('an upload is refused before its end, and goes on as long as it takes', { skip }, async () => {
  const early = begin('POST', '/v1/files?name=..', { 'content-length': 1_000_000 })
  early.asked.write('x'.repeat(100))
  assert.equal((await early.answer).statusCode, 422)
  early.asked.destroy()

  const slow = begin('POST', '/v1/files?name=slow.bin', { 'content-length': 3 })
  for (const byte of 'abc') {
    await pause(100)
    slow.asked.write(byte)
  }
  slow.asked.end()
  const { statusCode, headers } = await slow.answer
  assert.deepEqual([statusCode, headers.connection], [201, 'close'])
})

test('who guesses is counted by the address that it has, whatever it says of itself', { skip }, async () => {
  const guess = (count: number) => ask('GET', '/v1/me', { authorization: 'Bearer hf_nobody', 'x-forwarded-for': `203.0.113.${count}` })
  const statuses: (number | undefined)[] = []
  while (statuses.at(-1) !== 429 && statuses.length < 200) statuses.push((await guess(statuses.length)).status)
  assert.deepEqual([...new Set(statuses)], [401, 429])
})

test('a line for each request tells its story, and no query', { skip }, async () => {
  const { headers } = await ask('GET', '/v1/search?q=canary')
  const id = String(headers['x-correlation-id'])
  let line: string | undefined
  while (line === undefined) line = (await front.readLog()).split('\n').find((text) => text.includes(id))
  const { path, status, correlation_id } = JSON.parse(line) as Record<string, unknown>
  assert.deepEqual([path, status, correlation_id], ['/v1/search', 200, id])
  assert.doesNotMatch(await front.readLog(), /canary|hf_/)
})

test('each answer tells a browser what it may do, and nobody a version; the service’s and nginx’s own', { skip }, async () => {
  for (const [path, status] of [
    ['/v1/me', 200],
    ['/v1/files/nothing', 400],
    ['/metrics', 404],
    ['/.env', 404],
  ] as const) {
    const answer = await ask('GET', path, { 'x-correlation-id': 'story-of-headers' })
    assert.equal(answer.status, status, path)
    const { headers } = answer
    const expected = {
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'x-correlation-id': 'story-of-headers',
      server: 'nginx',
    }
    for (const [name, value] of Object.entries(expected)) assert.equal(headers[name], value, `${path}: ${name}`)
    assert.equal(headers['x-powered-by'], undefined)
    if (path !== '/v1/me') assert.equal((answer.body as { correlationId: string }).correlationId, 'story-of-headers', path)
  }
  const { headers } = await ask('GET', '/metrics', { 'x-correlation-id': 'not "an id"' })
  assert.match(String(headers['x-correlation-id']), /^[0-9a-f]{32}$/)
})

test('JSON is compressed, and content is as it was stored', { skip }, async () => {
  const { body } = await ask('POST', '/v1/files?name=words.txt', { 'content-type': 'text/plain' }, 'words '.repeat(500))
  const { id } = body as { id: string }
  const encodingOf = async (path: string) => {
    const { asked, answer } = begin('GET', path, { 'accept-encoding': 'gzip' })
    asked.end()
    const incoming = await answer
    await incoming.resume().toArray()
    const { 'content-encoding': encoding, vary, etag = '' } = incoming.headers
    return { encoding, vary, isStrong: etag.startsWith('"') }
  }
  assert.deepEqual(await encodingOf('/openapi.json'), { encoding: 'gzip', vary: 'Accept-Encoding', isStrong: false })
  assert.deepEqual(await encodingOf(`/v1/files/${id}/content`), { encoding: undefined, vary: undefined, isStrong: true })
})

test('by HTTP/2 an upload goes through as it comes, beside other requests on its connection', { skip }, async () => {
  await using session = openSession()
  const upload = session.begin({ ':method': 'POST', ':path': '/v1/files?name=stream.bin', 'content-type': 'application/octet-stream' })
  upload.stream.write('first')
  const early = session.begin({ ':method': 'POST', ':path': '/v1/files?name=..', 'content-type': 'application/octet-stream' })
  early.stream.write('more is to come')
  assert.equal((await early.answer)[':status'], 422)
  const beside = session.begin({ ':method': 'GET', ':path': '/v1/me' })
  beside.stream.end()
  assert.equal((await beside.answer)[':status'], 200)
  upload.stream.end('last')
  assert.equal((await upload.answer)[':status'], 201)
  assert.equal((JSON.parse((await upload.stream.toArray()).join('')) as { size: number }).size, 9)
})

/** One connection. */
function openSession() {
  const session = connect(`https://localhost:${new URL(front.url).port}`, { ca })
  return {
    begin(headers: OutgoingHttpHeaders) {
      const stream = session.request({ authorization: `Bearer ${house.account.apiKey}`, ...headers })
      return { stream, answer: once(stream, 'response').then(([answer]) => answer as IncomingHttpHeaders) }
    },
    [Symbol.asyncDispose]: async () => session.destroy(),
  }
}

test('a client that goes on with neither its head, nor its body, nor its answer is given up', { skip }, async () => {
  const app = new URL(house.process.url).host
  await using impatient = await startNginx({ program, servers: [app], patienceSeconds: 1 })
  const { hostname, port } = new URL(impatient.url)
  const authorization = `Authorization: Bearer ${house.account.apiKey}`
  const { body } = await ask('POST', '/v1/files?name=large.bin', { 'content-type': 'application/octet-stream' }, 'x'.repeat(2 ** 24))
  const path = `/v1/files/${(body as { id: string }).id}/content`
  const beginnings = {
    head: 'GET /v1/me HTTP/1.1\r\nHost: a\r\n',
    body: `POST /v1/files?name=slow.bin HTTP/1.1\r\nHost: a\r\n${authorization}\r\nContent-Length: 100\r\n\r\nsome`,
    answer: `GET ${path} HTTP/1.1\r\nHost: a\r\n${authorization}\r\n\r\n`,
  }
  await Promise.all(
    Object.entries(beginnings).map(async ([what, text]) => {
      const socket = connectSocket({ host: hostname, port: Number(port) })
      socket.write(text)
      socket.once('error', () => undefined)
      const closed = new Promise((resolve) => socket.once('close', resolve))
      // Nothing is read of the answer, until nginx has had enough and says that it is done with it.
      while (what === 'answer' && !(await impatient.readLog()).includes(path)) await pause(20)
      let bytes = 0
      socket.on('data', (chunk) => (bytes += chunk.length))
      await closed
      assert.ok(bytes < 2 ** 24)
    }),
  )
})

test('a service that does not answer is a 503 that says so, also to who sends a file', { skip }, async () => {
  await house.process.kill()
  for (const [method, path] of [
    ['GET', '/v1/me'],
    ['GET', '/v1/files/none/content'],
    ['POST', '/v1/files?name=a'],
    ['PUT', '/v1/files/none/content'],
  ] as const) {
    const { status, headers, body } = await ask(method, path)
    assert.deepEqual([status, headers['content-type'], headers['retry-after']], [503, 'application/problem+json', '5'], `${method} ${path}`)
    const { code, correlationId } = body as Record<string, unknown>
    assert.deepEqual([code, correlationId], ['proxy.no_answer', headers['x-correlation-id']])
  }
})
