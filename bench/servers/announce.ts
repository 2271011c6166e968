import type { AddressInfo, Server } from 'node:net'

/** Tells the parent process where to send the load: one line on standard output. Ends on SIGTERM in a way that lets a profile be written. */
export function announce(server: Pick<Server, 'address'>): void {
  const { port } = server.address() as AddressInfo
  process.once('SIGTERM', () => process.exit())
  console.log(`http://127.0.0.1:${port}`)
}
