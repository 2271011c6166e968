import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient, expectJson } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { json, type Request } from '../service/send.ts'
import { sendRaw } from '../service/send-raw.ts'
import { takeSnapshot } from '../service/snapshot.ts'
import { formOf, formType } from '../torture/multipart.ts'
import { assertRefused } from './bad-input/refused.ts'

/** Connections that break, stall or never were HTTP. Each ends by itself, and nothing of it stays. */

const idleTimeoutMs = 1_000
const bytes = Buffer.alloc(200_000, 'bytes')
let house: House
let fileId: string

before(async () => {
  house = await openHouse({ HTTP_IDLE_TIMEOUT_SECONDS: String(idleTimeoutMs / 1000), HTTP_MIN_BYTES_PER_SECOND: '10000' })
  fileId = expectJson<{ id: string }>(await house.administrator.upload('kept.txt', Buffer.from('kept')), 201).id
})

after(() => house[Symbol.asyncDispose]())

const form = formOf([
  { name: 'one', bytes },
  { name: 'two', bytes },
])

const uploads: Readonly<Record<string, () => Request>> = {
  'a raw upload': () => ({ method: 'POST', path: '/v1/files?name=cut', body: bytes }),
  'a form': () => ({ method: 'POST', path: '/v1/files', headers: { 'content-type': formType }, body: form }),
  'a replacement': () => ({ method: 'PUT', path: `/v1/files/${fileId}/content`, body: bytes }),
  JSON: () => ({
    method: 'POST',
    path: '/v1/folders',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ name: 'cut' })),
  }),
}

for (const [what, request] of Object.entries(uploads)) {
  test(`${what} that is cut off anywhere leaves nothing`, async () => {
    const before = await takeSnapshot(house)
    const length = Buffer.from((request().body ?? Buffer.alloc(0)) as Buffer).length
    for (const cutAfterBytes of [0, 1, Math.floor(length / 2), length - 1]) {
      await assert.rejects(house.administrator.send({ ...request(), cutAfterBytes }))
    }
    await pause(200)
    assert.deepEqual(await takeSnapshot(house), before)
    assert.equal((await house.administrator.get(`/v1/files/${fileId}/content`)).body.toString(), 'kept')
  })
}

test('a chunked upload that is cut off leaves nothing', async () => {
  const before = await takeSnapshot(house)
  await assert.rejects(house.administrator.send({ method: 'POST', path: '/v1/files?name=cut', body: breaking() }))
  await pause(200)
  assert.deepEqual(await takeSnapshot(house), before)
})

async function* breaking() {
  yield bytes
  throw new Error('the sender breaks off')
}

test('a body that stalls, or only trickles, is given up', async () => {
  const before = await takeSnapshot(house)
  for (const [what, body] of [
    ['stalls', drops(1, 100, 30_000)],
    ['trickles', drops(100, 100, 200)],
  ] as const) {
    const started = performance.now()
    const reply = await house.administrator.send({ method: 'POST', path: '/v1/files?name=slow', body })
    await assertRefused(house.process.url, what, reply, 408)
    assert.equal(json<{ code: string }>(reply).code, 'request.too_slow')
    assert.ok(performance.now() - started >= idleTimeoutMs, 'it was given its time')
  }
  assert.deepEqual(await takeSnapshot(house), before)
})

test('a body that takes long and is not too slow is taken', async () => {
  const reply = await house.administrator.send({ method: 'POST', path: '/v1/files?name=steady', body: drops(12, 8_000, 200) })
  assert.equal(expectJson<{ size: number }>(reply, 201).size, 12 * 8_000)
})

async function* drops(count: number, size: number, pauseMs: number) {
  for (let drop = 0; drop < count; drop++) {
    yield Buffer.alloc(size, 'x')
    await pause(pauseMs)
  }
}

test('headers that never end are given up', async () => {
  await assertAnswered('half a head', 'GET /livez HTTP/1.1\r\nHost: here\r\nX-Half: ', 408)
})

const malformed: Readonly<Record<string, string | Uint8Array>> = {
  'no HTTP': 'hello\r\n\r\n',
  'the beginning of TLS': Buffer.from('160301020001000001fc0303', 'hex'),
  'no host': 'GET /livez HTTP/1.1\r\n\r\n',
  'a length that is none': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nContent-Length: many\r\n\r\n',
  'two lengths': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx',
  'a length and chunks': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a header with a line break': 'GET /livez HTTP/1.1\r\nHost: here\r\nX-One: a\nb\r\n\r\n',
  'a header without a name': 'GET /livez HTTP/1.1\r\nHost: here\r\n: nameless\r\n\r\n',
  'a target that cannot be decoded': 'GET /%zz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n',
}

for (const [what, bytesOfIt] of Object.entries(malformed)) test(`${what}: 400`, () => assertAnswered(what, bytesOfIt, 400))

test('a chunk of no size is refused, and nothing of the upload stays', async () => {
  const before = await takeSnapshot(house)
  const head = `POST /v1/files?name=chunk HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${house.account.apiKey}\r\nTransfer-Encoding: chunked\r\n\r\n`
  const reply = await sendRaw(house.process.url, `${head}5\r\nbytes\r\nnonsense\r\n`)
  assert.ok(reply === undefined || reply.status === 400, `${reply?.status} ${reply?.body}`)
  await pause(200)
  assert.deepEqual(await takeSnapshot(house), before)
})

async function assertAnswered(what: string, sent: string | Uint8Array, status: number): Promise<void> {
  const reply = await sendRaw(house.process.url, sent)
  assert.ok(reply, `${what}: nothing came back`)
  await assertRefused(house.process.url, what, reply, status)
}

test('a reader that stops reading is let go', async () => {
  const large = Buffer.alloc(64 * 1024 * 1024, 'x')
  const { id } = expectJson<{ id: string }>(await house.administrator.upload('large.bin', large), 201)
  const { hostname, port } = new URL(house.process.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(`GET /v1/files/${id}/content HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${house.account.apiKey}\r\n\r\n`)
  await once(socket, 'readable')
  await pause(3 * idleTimeoutMs)
  let received = 0
  for await (const chunk of socket.on('error', () => undefined)) received += chunk.length
  assert.ok(received < large.length, 'its connection was cut before the end')
})

test('the process that bore all this is alive, and ends as it should', async () => {
  assert.equal((await createClient(house.process.url).get('/livez')).status, 200)
  assert.deepEqual(await house.process.stop(), { code: 0, signal: null })
})
