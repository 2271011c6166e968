import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { responseStream } from './response-stream.ts'

/** The answer to a client that takes none of it. */
async function openAnswer(t: TestContext): Promise<ServerResponse> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
  client.on('error', () => undefined).end('GET / HTTP/1.1\r\nHost: here\r\n\r\n')
  t.after(() => {
    client.destroy()
    server.close()
  })
  const [, raw] = (await once(server, 'request')) as [unknown, ServerResponse]
  return raw
}

test('who takes nothing of what was written is cut off after the end', async (t) => {
  const raw = await openAnswer(t)
  const stream = responseStream(raw, 20)
  // More than the sockets of both ends hold between them.
  while (stream.bufferedBytes() < 16 * 2 ** 20) stream.write('x'.repeat(2 ** 20))
  const closed = once(raw, 'close')
  stream.end()
  await closed
  assert.equal(raw.writableFinished, false)
})
