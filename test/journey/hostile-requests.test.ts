import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createClient, expectJson } from '../service/client.ts'
import { type House, openHouse } from '../service/house.ts'
import { json, type Reply } from '../service/send.ts'
import { sendRaw } from '../service/send-raw.ts'
import { takeSnapshot } from '../service/snapshot.ts'
import { assertRefused } from './bad-input/refused.ts'

/** What no client library sends, written on a bare socket with a valid key: refused with the right status, and nothing is changed by it. */

let house: House

before(async () => {
  house = await openHouse()
})

after(() => house[Symbol.asyncDispose]())

const one = 'Content-Length: 1\r\n\r\nx'
const chunks = '\r\n1\r\nx\r\n0\r\n\r\n'
const folder = 'Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{"name":"a"}'

/** The request line without its version, then headers beside Host, Authorization and Connection: close, and the body. */
const refused: Readonly<Record<string, readonly [status: number, code: string, line: string, rest?: string]>> = {
  'a query that is no UTF-8': [400, 'request.url_malformed', 'GET /v1/files?name=%ff%fe'],
  'a query with half an escape': [400, 'request.url_malformed', 'POST /v1/files?name=100%', one],
  'two Authorization': [400, 'request.header_invalid', 'GET /v1/me', 'Authorization: Bearer hf_other\r\n'],
  'two Content-Type': [400, 'request.header_invalid', 'POST /v1/folders', `Content-Type: text/plain\r\n${folder}`],
  'two Idempotency-Key': [400, 'idempotency.key_malformed', 'POST /v1/folders', `Idempotency-Key: a\r\nIdempotency-Key: b\r\n${folder}`],
  'a second Host': [400, 'request.malformed', 'GET /livez', 'Host: there\r\n'],
  'a coding before chunked': [
    501,
    'request.transfer_coding_unsupported',
    'POST /v1/files?name=a',
    `Transfer-Encoding: gzip, chunked\r\n${chunks}`,
  ],
  'codings on two lines': [
    501,
    'request.transfer_coding_unsupported',
    'POST /v1/files?name=a',
    `Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n${chunks}`,
  ],
  'a compressed upload': [415, 'request.content_encoding_unsupported', 'POST /v1/files?name=a', `Content-Encoding: gzip\r\n${one}`],
  'compressed JSON': [415, 'request.content_encoding_unsupported', 'POST /v1/folders', `Content-Encoding: br\r\n${folder}`],
  'an expectation': [417, 'request.expectation_failed', 'POST /v1/files?name=a', `Expect: more\r\n${one}`],
  'more bytes than can be counted': [413, 'file.too_large', 'POST /v1/files?name=a', 'Content-Length: 9007199254740993\r\n\r\n'],
  'a path out of the documentation': [404, 'route.unknown', 'GET /docs/static/../../../../package.json'],
  'NUL in a path of the documentation': [404, 'route.unknown', 'GET /docs/static/%00'],
  'TRACE of what is not there': [404, 'route.unknown', 'TRACE /nowhere'],
  'CONNECT to a path': [501, 'method.not_implemented', 'CONNECT /v1/files'],
}

for (const [what, [status, code, line, rest]] of Object.entries(refused)) {
  test(`${what}: ${status}`, async () => {
    const before = await takeSnapshot(house)
    const reply = await sendRaw(house.process.url, requestOf(line, rest))
    await assertProblem(what, reply, status, code)
    if (status === 415) assert.equal(reply?.headers['accept-encoding'], 'identity')
    assert.deepEqual(await takeSnapshot(house), before)
  })
}

const malformed: Readonly<Record<string, string>> = {
  'a host with a path': 'GET /livez HTTP/1.1\r\nHost: here/there\r\n\r\n',
  'two equal hosts': 'GET /livez HTTP/1.1\r\nHost: here\r\nHost: here\r\n\r\n',
  'HTTP/0.9': 'GET /livez\r\n\r\n',
  'the beginning of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a header that goes on in the next line': 'GET /livez HTTP/1.1\r\nHost: here\r\nX: a\r\n b\r\n\r\n',
  'line feeds alone': 'GET /livez HTTP/1.1\nHost: here\n\n',
  'a blank before a colon': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  'chunked twice': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n',
  'a length with a sign': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nContent-Length: +1\r\n\r\nx',
  'a length below nothing': 'POST /v1/folders HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n',
}

for (const [what, bytes] of Object.entries(malformed)) {
  test(`${what}: 400`, async () => assertProblem(what, await sendRaw(house.process.url, bytes), 400, 'request.malformed'))
}

for (const method of ['TRACE', 'PROPFIND', 'QUERY', 'M-SEARCH', 'PURGE', 'SOURCE']) {
  test(`${method} of a route: 405`, async () => {
    const reply = await sendRaw(house.process.url, requestOf(`${method} /v1/files`))
    await assertProblem(method, reply, 405, 'method.not_allowed')
    assert.equal(reply?.headers.allow, 'GET, HEAD, POST, OPTIONS')
  })
}

test('JSON that is no UTF-8 is refused, not mended', async () => {
  const body = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from([0xff]), Buffer.from('"}')])
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  const reply = await sendRaw(house.process.url, Buffer.concat([Buffer.from(requestOf('POST /v1/folders', head)), body]))
  await assertProblem('JSON in Latin-1', reply, 400, 'request.body_malformed')
})

test('pipelined requests are answered in their order before what is none', async () => {
  const good = 'GET /v1/me HTTP/1.1\r\nHost: here\r\n'
  assert.deepEqual(
    await statusesOf(`${good}\r\n${good}Authorization: Bearer ${house.account.apiKey}\r\n\r\nnonsense\r\n\r\n`),
    [401, 200, 400],
  )
})

test('what follows the last request of a connection takes nothing from its answer', async () => {
  const last = 'GET /livez HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n'
  assert.deepEqual(await statusesOf(`${last}GET /livez HTTP/1.1\r\nHost: here\r\n\r\n`), [200])
})

test('a download is not broken into by an error of what follows it', async () => {
  const bytes = Buffer.alloc(8 * 1024 * 1024, 'x')
  const { id } = expectJson<{ id: string }>(await house.administrator.upload('large.bin', bytes), 201)
  const head = `GET /v1/files/${id}/content HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${house.account.apiKey}\r\n\r\n`
  const answered = await exchange(`${head}nonsense\r\n\r\n`)
  const start = answered.indexOf('\r\n\r\n') + 4
  assert.equal(answered.slice(start, start + bytes.length), bytes.toString())
  assert.match(answered.slice(start + bytes.length), /^HTTP\/1\.1 400 /)
})

test('the process that was asked all this is alive, and ends as it should', async () => {
  assert.equal((await createClient(house.process.url).get('/livez')).status, 200)
  assert.deepEqual(await house.process.stop(), { code: 0, signal: null })
})

function requestOf(line: string, rest = ''): string {
  const end = rest.includes('\r\n\r\n') ? '' : '\r\n'
  return `${line} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer ${house.account.apiKey}\r\nConnection: close\r\n${rest}${end}`
}

async function assertProblem(what: string, reply: Reply | undefined, status: number, code: string): Promise<void> {
  assert.ok(reply, `${what}: nothing came back`)
  assert.deepEqual([reply.status, json<{ code: string }>(reply).code], [status, code], what)
  if (status < 500) await assertRefused(house.process.url, what, reply, status)
}

async function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(house.process.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(bytes)
  return text(socket)
}

const statusesOf = async (bytes: string) =>
  [...(await exchange(bytes)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
