import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { resetConnection } from './reset-connection.ts'

async function openConnection(t: TestContext): Promise<{ readonly client: Socket; readonly accepted: Socket }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => client.destroy())
  const [accepted] = (await once(server, 'connection')) as [Socket]
  return { client, accepted }
}

test('a connection is reset', async (t) => {
  const { client, accepted } = await openConnection(t)
  const told = once(client.resume(), 'error')
  resetConnection(accepted)
  const [{ code }] = (await told) as [NodeJS.ErrnoException]
  assert.equal(code, 'ECONNRESET')
})

test('a connection whose end was sent, or is being sent, is closed all the same', async (t) => {
  for (const isSent of [true, false]) {
    const { accepted } = await openConnection(t)
    await new Promise<void>((resolve) => {
      accepted.end(resolve)
      if (!isSent) resolve()
    })
    const closed = once(accepted, 'close')
    resetConnection(accepted)
    await closed
  }
})
