import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A network between a client and the broker that can be broken. */
export interface TestProxy extends AsyncDisposable {
  readonly url: string
  /** Resets every connection. New ones are let through. */
  cut(): void
  /** From now on nothing passes, in connections that are open or new, and none is closed. */
  stall(): void
  /** The broker hears what is said in the connections that are open, and is not heard. */
  stallAnswers(): void
  /** New connections pass again; those that stalled stay as they are. */
  mend(): void
}

export async function openProxy(brokerUrl: string): Promise<TestProxy> {
  const target = new URL(brokerUrl)
  const open = new Set<Socket>()
  const brokers = new Set<Socket>()
  let isStalled = false
  const keep = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => open.delete(socket))
  }
  const server = createServer((client) => {
    keep(client)
    if (isStalled) return
    const broker = connect(Number(target.port), target.hostname)
    keep(broker)
    brokers.add(broker)
    client.pipe(broker).pipe(client)
    client.on('close', () => broker.destroy())
    broker.on('close', () => {
      brokers.delete(broker)
      client.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    url: Object.assign(new URL(brokerUrl), { hostname: '127.0.0.1', port: String(address.port) }).href,
    cut: () => {
      // Node 24 cannot reset a connection whose end is being sent, and its process would spin for ever at its end.
      for (const socket of open) {
        if (socket.writableEnded) socket.destroy()
        else socket.resetAndDestroy()
      }
    },
    stall: () => {
      isStalled = true
      for (const socket of open) socket.unpipe().pause()
    },
    stallAnswers: () => {
      for (const socket of brokers) socket.unpipe().pause()
    },
    mend: () => {
      isStalled = false
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
