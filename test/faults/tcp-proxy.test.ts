import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const echo = createServer((socket) => {
  received.push(socket)
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    arrived += chunk.length
    socket.write(chunk)
  })
})
const received: Socket[] = []
let arrived = 0
let proxy: TcpProxy

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(proxy.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

const answer = async (socket: Socket) => String(await once(socket, 'data'))
const failure = async (socket: Socket) => ((await once(socket, 'error')) as [NodeJS.ErrnoException])[0].code

beforeEach(async () => {
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await startTcpProxy(`echo://127.0.0.1:${(echo.address() as AddressInfo).port}`)
  arrived = 0
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const socket of received.splice(0)) socket.destroy()
  echo.close()
  await once(echo, 'close')
})

describe('a network between client and server', () => {
  it('passes everything on, and the end of it', async () => {
    const client = await open()
    const bytes = Buffer.alloc(5_000_000, 'abc')
    client.end(bytes)
    const back = await client.toArray()
    assert.deepEqual(Buffer.concat(back as Buffer[]), bytes)
  })

  it('is stalled in one direction, and goes on where it was', async () => {
    const client = await open()
    proxy.stall('down')
    client.write('one')
    while (arrived < 3) await sleep(1)
    assert.equal(client.bytesRead, 0)
    proxy.resume()
    assert.equal(await answer(client), 'one')
    proxy.stall('up')
    client.write('two')
    await sleep(100)
    assert.equal(arrived, 3)
    client.destroy()
  })

  it('is slow', async () => {
    const client = await open()
    proxy.delay(100)
    const before = performance.now()
    client.write('slow')
    assert.equal(await answer(client), 'slow')
    assert.ok(performance.now() - before >= 199)
    client.destroy()
  })

  it('resets every connection at both ends, also one that is stalled', async () => {
    const clients = [await open(), await open()]
    for (const client of clients) {
      client.write('here')
      await answer(client)
    }
    assert.equal(proxy.connections, 2)
    proxy.stall()
    const failures = [...clients, ...received].map(failure)
    proxy.reset()
    assert.deepEqual(await Promise.all(failures), ['ECONNRESET', 'ECONNRESET', 'ECONNRESET', 'ECONNRESET'])
    assert.equal(proxy.connections, 0)
  })

  it('refuses who comes anew, and takes them again', async () => {
    const client = await open()
    await proxy.refuse()
    await assert.rejects(open, { code: 'ECONNREFUSED' })
    client.write('still')
    assert.equal(await answer(client), 'still')
    await proxy.accept()
    const next = await open()
    next.write('again')
    assert.equal(await answer(next), 'again')
    client.destroy()
    next.destroy()
  })

  it('has no connection to a server that is gone', async () => {
    echo.close()
    assert.equal(await failure(await open()), 'ECONNRESET')
    echo.listen(0)
  })
})
