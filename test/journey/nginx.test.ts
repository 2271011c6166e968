import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { request } from 'node:https'
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

test('a service that does not answer is a 503 that says so', { skip }, async () => {
  await house.process.kill()
  const { status, headers, body } = await ask('GET', '/v1/me')
  assert.deepEqual([status, headers['content-type'], headers['retry-after']], [503, 'application/problem+json', '5'])
  const { code, correlationId } = body as Record<string, unknown>
  assert.deepEqual([code, correlationId], ['proxy.no_answer', headers['x-correlation-id']])
})
