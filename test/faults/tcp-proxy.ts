import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onFreePorts } from '../../tools/servers/free-ports.ts'
import { resetConnection } from './reset-connection.ts'

/** From the client to the server, or back. */
export type Direction = 'up' | 'down'

/** Stands between clients and a server, and is the bad network there. Without a direction, both are meant. */
export interface TcpProxy extends AsyncDisposable {
  /** The server's address with the proxy's host and port in it. */
  readonly url: string
  /** How many connections are open. */
  readonly connections: number
  /** Passes nothing on, and closes nothing, until `resume()`. */
  stall(direction?: Direction): void
  /** Passes everything on so much later. */
  delay(delayMs: number, direction?: Direction): void
  /** Passes everything on at once again, in both directions. */
  resume(): void
  /** Resets every connection: both ends are told so by RST. */
  reset(): void
  /** Refuses new connections; those that are open stay so. */
  refuse(): Promise<void>
  /** Takes new connections again. */
  accept(): Promise<void>
}

interface Link {
  delayMs: number
  stalled: PromiseWithResolvers<void> | undefined
}

/** @param url The server's address: `amqp://user@host:port/…`. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const address = new URL(url)
  const { hostname, port: serverPort } = address
  const links: Record<Direction, Link> = { up: { delayMs: 0, stalled: undefined }, down: { delayMs: 0, stalled: undefined } }
  const sockets = new Set<Socket>()
  const chosen = (direction?: Direction) => (direction === undefined ? [links.up, links.down] : [links[direction]])

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(serverPort), allowHalfOpen: true, noDelay: true })
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => resetConnection(other))
    }
    void pass(client, upstream, links.up)
    void pass(upstream, client, links.down)
  })
  const port = await onFreePorts(1, async ([free = 0]) => {
    await listen(server, free)
    return free
  })
  address.host = `127.0.0.1:${port}`
  const proxy: TcpProxy = {
    url: address.href,
    get connections() {
      return sockets.size / 2
    },
    stall(direction) {
      for (const link of chosen(direction)) link.stalled ??= Promise.withResolvers()
    },
    delay(delayMs, direction) {
      for (const link of chosen(direction)) link.delayMs = delayMs
    },
    resume() {
      for (const link of chosen()) {
        link.delayMs = 0
        link.stalled?.resolve()
        link.stalled = undefined
      }
    },
    reset() {
      for (const socket of sockets) resetConnection(socket)
    },
    refuse: async () => void server.close(),
    accept: () => (server.listening ? Promise.resolve() : listen(server, port)),
    async [Symbol.asyncDispose]() {
      server.close()
      proxy.reset()
      proxy.resume()
    },
  }
  return proxy
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

/** While it waits it reads no more, so that a sender feels it as from a network that is full. */
async function pass(from: Socket, to: Socket, link: Link): Promise<void> {
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (link.delayMs > 0) await sleep(link.delayMs)
      await link.stalled?.promise
      if (!to.write(chunk)) await once(to, 'drain')
    }
    await link.stalled?.promise
    to.end()
  } catch {
    resetConnection(to)
  }
}
