import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen, startTestServer } from './test-server.ts'

async function openSlowServer(t: TestContext) {
  const server = await startTestServer(t, { pace: { idleTimeoutMs: 400, minBytesPerSecond: 1_000 } })
  const port = await listen(server.app)
  const begin = (method: string, path: string, headers: string[] = []): Socket => {
    const socket = connect(port, '127.0.0.1')
    const all = [`Host: 127.0.0.1`, `Authorization: Bearer ${server.first.apiKey}`, 'Content-Length: 1000000', ...headers]
    socket.write(`${method} ${path} HTTP/1.1\r\n${all.join('\r\n')}\r\n\r\n`)
    return socket
  }
  const rows = async (table: string, state: string) =>
    (await server.holdfast.database.read.all(`SELECT id FROM ${table} WHERE state = ?`, [state])).length
  /** Nothing of an upload is left, once what the end of its connection has started is done. */
  const nothingIsLeft = async () => {
    while ((await rows('stored_blob', 'staging')) > 0) await sleep(10)
    assert.deepEqual([await rows('file', 'active'), await rows('file', 'reserved'), await rows('stored_blob', 'live')], [0, 0, 0])
    assert.equal((await fetch(`http://127.0.0.1:${port}/livez`)).status, 200)
  }
  return { ...server, port, begin, rows, nothingIsLeft }
}

for (const [kind, path, headers, beginning] of [
  ['a raw upload', '/v1/files?name=a', [], 'some'],
  [
    'a form',
    '/v1/files',
    ['Content-Type: multipart/form-data; boundary=x'],
    '--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nsome',
  ],
  ['JSON', '/v1/folders', ['Content-Type: application/json'], '{"name":'],
] as const) {
  test(`${kind} that stops arriving is 408, and nothing of it is kept`, { timeout: 20_000 }, async (t) => {
    const { begin, nothingIsLeft } = await openSlowServer(t)
    const socket = begin('POST', path, [...headers, 'Connection: close'])
    socket.write(beginning)
    const answer = await text(socket)
    assert.match(answer, /^HTTP\/1\.1 408 /)
    assert.match(answer, /"code":"request\.too_slow"/)
    await nothingIsLeft()
  })
}

test('a body that trickles in below the rate is 408', { timeout: 20_000 }, async (t) => {
  const { begin, nothingIsLeft } = await openSlowServer(t)
  const socket = begin('POST', '/v1/files?name=a', ['Connection: close'])
  const trickle = setInterval(() => socket.write('x'), 20)
  socket.once('close', () => clearInterval(trickle))
  assert.match(await text(socket), /^HTTP\/1\.1 408 /)
  await nothingIsLeft()
})

test('a connection that is cut leaves nothing half-done', { timeout: 20_000 }, async (t) => {
  const { begin, rows, nothingIsLeft, lines } = await openSlowServer(t)
  const socket = begin('POST', '/v1/files?name=a', ['Idempotency-Key: cut'])
  socket.write(Buffer.alloc(100_000))
  while ((await rows('stored_blob', 'staging')) === 0) await sleep(5)
  socket.destroy()
  await nothingIsLeft()
  while (!lines.some(({ route }) => route === '/v1/files')) await sleep(5)
  assert.equal(lines.find(({ route }) => route === '/v1/files')?.['aborted'], true)
})

test('headers that do not end are 408', { timeout: 20_000 }, async (t) => {
  const { port } = await openSlowServer(t)
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n')
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 408 /)
  assert.match(answer, /"code":"request\.too_slow"/)
})

test('who is refused with a body on the way hears the answer, and the connection lives on', { timeout: 20_000 }, async (t) => {
  const { port } = await openSlowServer(t)
  const socket = connect(port, '127.0.0.1')
  const size = 8 * 1024 * 1024
  socket.write(`POST /v1/files?name=a HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`)
  socket.write(Buffer.alloc(size))
  socket.write('GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const answer = await text(socket)
  assert.match(answer, /^HTTP\/1\.1 401 [\s\S]*HTTP\/1\.1 200 /)
})

test('a reader that takes nothing is let go', { timeout: 20_000 }, async (t) => {
  const { port, first, app, auth } = await openSlowServer(t)
  const size = 32 * 1024 * 1024
  const upload = { method: 'POST', url: '/v1/files?name=big', headers: auth, payload: Buffer.alloc(size) } as const
  const { id } = (await app.inject(upload)).json()
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /v1/files/${id}/content HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${first.apiKey}\r\n\r\n`)
  await once(socket, 'readable')
  await sleep(1_500)
  let received = 0
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  await once(socket, 'close')
  assert.ok(received < size, `${received} bytes arrived`)
})
