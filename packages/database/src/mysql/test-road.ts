import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to a server on which things happen. */
export interface Road extends AsyncDisposable {
  readonly port: number
  /** Takes connections and carries nothing, until it is opened again. */
  stall(): void
  open(): void
  /** Cuts the connections there are. */
  cut(): void
  /** Cuts each connection as soon as the client says something that has these words, before or after the server has heard it. */
  cutAt(words: string, when: 'before' | 'after'): void
}

export async function openRoad(host: string, port: number): Promise<Road> {
  const sockets = new Set<Socket>()
  let isStalled = false
  let trap: { readonly words: string; readonly when: 'before' | 'after' } | undefined
  const server = createServer((client) => {
    const far = connect(port, host)
    const cut = () => {
      client.destroy()
      far.destroy()
    }
    for (const socket of [client, far]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', cut)
    }
    let isDeaf = false
    client.on('data', (said) => {
      if (isStalled) return
      const sprung = trap !== undefined && said.includes(trap.words) ? trap.when : undefined
      if (sprung !== undefined) trap = undefined
      if (sprung === 'before') return cut()
      isDeaf = sprung === 'after'
      far.write(said)
    })
    far.on('data', (answer) => {
      if (isDeaf) return cut()
      if (!isStalled) client.write(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => {
      isStalled = true
    },
    open: () => {
      isStalled = false
    },
    cut: cutAll,
    cutAt: (words, when) => {
      trap = { words, when }
    },
    [Symbol.asyncDispose]: async () => {
      server.close()
      cutAll()
      await once(server, 'close')
    },
  }
}
