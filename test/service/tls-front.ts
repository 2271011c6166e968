import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { createServer } from 'node:tls'
import type { Certificate } from './authority.ts'

/** Ends TLS in front of a server that speaks in the clear, as a load balancer does. */
export interface TlsFront extends AsyncDisposable {
  readonly port: number
}

/** `serverUrl`: whose host and port are meant. */
export async function openTlsFront(serverUrl: string, { key, cert }: Certificate): Promise<TlsFront> {
  const { hostname, port } = new URL(serverUrl)
  const open = new Set<Socket>()
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (client) => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
