import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type Nginx, startNginx } from '../../tools/servers/nginx.ts'
import { expectJson } from '../service/client.ts'
import { type HoldfastProcess, startHoldfast } from '../service/holdfast-process.ts'
import { type House, openHouse } from '../service/house.ts'

/** The same answers from the service, through nginx, and from an nginx that sends the bytes itself. */

const program = process.env['HOLDFAST_TEST_NGINX_PATH'] ?? ''
const skip = program === '' && 'no HOLDFAST_TEST_NGINX_PATH'
const closing = new AsyncDisposableStack()
let house: House
let sending: HoldfastProcess
let ways: Readonly<Record<'service' | 'passed on' | 'sent by nginx', string>>
let front: Nginx

const hostOf = ({ url }: HoldfastProcess) => new URL(url).host

before(async () => {
  if (skip !== false) return
  house = closing.use(await openHouse())
  const blobs = join(house.dataDir, 'blobs')
  sending = closing.use(await startHoldfast({ dataDir: house.dataDir, settings: { HTTP_ACCEL_PATH: '/.blobs/' } }))
  const passing = closing.use(await startNginx({ program, servers: [hostOf(house.process)] }))
  front = closing.use(await startNginx({ program, servers: [hostOf(sending)], blobs }))
  ways = { service: house.process.url, 'passed on': passing.url, 'sent by nginx': front.url }
})

after(() => closing.disposeAsync())

const authorization = () => ({ authorization: `Bearer ${house.account.apiKey}` })
/** Of the connection, and of the moment. */
const passing = new Set(['date', 'connection', 'keep-alive', 'server', 'transfer-encoding'])
/** What the front adds to each answer: the test of the front has it. */
const ofFront = new Set([
  'x-content-type-options',
  'x-frame-options',
  'referrer-policy',
  'cross-origin-opener-policy',
  'permissions-policy',
])

async function get(url: string, path: string, headers: Readonly<Record<string, string>>, method = 'GET') {
  const answer = await fetch(url + path, { method, headers: { ...authorization(), 'x-correlation-id': 'story-of-bytes', ...headers } })
  const body = Buffer.from(await answer.arrayBuffer())
  // That ranges can be had, a range tells too: nginx says no more.
  const isRange = answer.status === 206
  const told = [...answer.headers].filter(([name]) => !(passing.has(name) || ofFront.has(name) || (isRange && name === 'accept-ranges')))
  return {
    status: answer.status,
    headers: Object.fromEntries(told),
    body: body.length > 1_000 ? createHash('sha256').update(body).digest('hex') : body.toString(),
  }
}

async function upload(bytes: Buffer, name: string, type: string): Promise<string> {
  const answer = await fetch(`${front.url}/v1/files?name=${encodeURIComponent(name)}`, {
    ...{ method: 'POST', body: new Uint8Array(bytes), headers: { ...authorization(), 'content-type': type } },
  })
  return expectJson<{ id: string }>({ status: answer.status, headers: {}, body: Buffer.from(await answer.arrayBuffer()) } as never, 201).id
}

const requests: readonly Readonly<Record<string, string>>[] = [
  {},
  { range: 'bytes=0-0' },
  { range: 'bytes=100-2099' },
  { range: 'bytes=2990-' },
  { range: 'bytes=-5' },
  { range: 'bytes=2999-9999' },
  { range: 'bytes=3000-' },
  { range: 'bytes=0-0,2-3' },
  { range: 'bytes=5-2' },
  { range: 'bytes=a-b' },
  { range: 'lines=1-2' },
  { range: 'bytes=0-9', 'if-range': '"other"' },
  { range: 'bytes=0-9', 'if-range': 'ETAG' },
  { range: 'bytes=0-9', 'if-range': 'Mon, 01 Jan 2001 00:00:00 GMT' },
  { 'if-none-match': 'ETAG' },
  { 'if-none-match': '"other"' },
  { 'if-none-match': '*' },
  { 'if-match': 'ETAG' },
  { 'if-match': '"other"' },
  { 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' },
  { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' },
  { 'if-unmodified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' },
  { 'accept-encoding': 'gzip' },
]

test('whoever sends the bytes, the answer is the same to the letter', { skip }, async () => {
  const contents: [Buffer, string, string][] = [
    [randomBytes(3_000), 'bytes "ñ".bin', 'application/octet-stream'],
    [Buffer.from('words '.repeat(500)), 'words.txt', 'text/plain'],
    [Buffer.alloc(0), 'nothing.txt', 'text/plain'],
    [randomBytes(300_000), 'large.bin', 'application/octet-stream'],
  ]
  for (const [bytes, name, type] of contents) {
    const path = `/v1/files/${await upload(bytes, name, type)}/content`
    const etag = (await get(ways.service, path, {}, 'HEAD')).headers['etag'] ?? ''
    for (const [method, request] of ['GET', 'HEAD'].flatMap((method) => requests.map((request) => [method, request] as const))) {
      const headers = Object.fromEntries(Object.entries(request).map(([header, value]) => [header, value.replace('ETAG', etag)]))
      const [expected, ...others] = await Promise.all(Object.values(ways).map((url) => get(url, path, headers, method)))
      for (const other of others) assert.deepEqual(other, expected, `${method} ${name} ${JSON.stringify(headers)}`)
    }
  }
})

test('it is nginx that sends them, and nobody is led to them from outside', { skip }, async () => {
  const id = await upload(Buffer.from('bytes'), 'where.txt', 'text/plain')
  const asked = await get(sending.url, `/v1/files/${id}/content`, {})
  const place = asked.headers['x-accel-redirect'] ?? ''
  assert.deepEqual([asked.status, asked.body], [200, ''])
  assert.match(place, /^\/\.blobs\/./)
  assert.equal((await get(front.url, `/v1/files/${id}/content`, {})).headers['x-accel-redirect'], undefined)
  for (const path of [place, `/.blobs/../${place}`, `/%2eblobs${place.slice(7)}`, `/x/..${place}`, `/${place}`]) {
    const answer = await get(front.url, path, {})
    assert.ok(answer.status >= 400 && answer.body !== 'bytes', `${path}: ${answer.status}`)
  }
})

test('blobs that a proxy sends are readable by their group, others by nobody else', { skip }, async () => {
  const upload = await fetch(`${house.process.url}/v1/files?name=own.txt`, {
    ...{ method: 'POST', body: 'own', headers: { ...authorization(), 'content-type': 'text/plain' } },
  })
  assert.equal(upload.status, 201)
  const folder = join(house.dataDir, 'blobs')
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const modes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mode & 0o777))
  assert.deepEqual(new Set(modes), new Set([0o600, 0o640]))
})

test('a blob that is lost is told of as the service tells it', { skip }, async () => {
  const id = await upload(Buffer.from('lost'), 'lost.txt', 'text/plain')
  const place = (await get(sending.url, `/v1/files/${id}/content`, {})).headers['x-accel-redirect'] ?? ''
  await rm(join(house.dataDir, 'blobs', place.replace('/.blobs/', '')))
  const answers = await Promise.all([ways.service, ways['sent by nginx']].map((url) => get(url, `/v1/files/${id}/content`, {})))
  const codes = answers.map(({ status, body }) => [status, (JSON.parse(body) as { code: string }).code])
  assert.deepEqual(codes, [
    [503, 'storage.blob_missing'],
    [503, 'storage.blob_missing'],
  ])
})
