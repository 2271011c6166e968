import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.ts'
import type { Random } from './random.ts'
import type { TcpProxy } from './tcp-proxy.ts'

/** `what` stands behind the proxy. */
export const networkFaults = (what: string, proxy: TcpProxy): Fault[] => [
  { name: `cut the connections to the ${what}`, weight: 3, strike: async () => proxy.reset() },
  { name: `stall the connections to the ${what}`, weight: 1, strike: (random) => stall(proxy, random) },
  { name: `slow the connections to the ${what}`, weight: 1, strike: (random) => slow(proxy, random) },
  { name: `refuse connections to the ${what}`, weight: 1, strike: (random) => refuse(proxy, random.int(500, 3_000)) },
]

/** Nobody reaches it for so long; who is connected is cut off. */
export async function refuse(proxy: TcpProxy, forMs: number): Promise<void> {
  await proxy.refuse()
  proxy.reset()
  await pause(forMs)
  await proxy.accept()
}

async function stall(proxy: TcpProxy, random: Random): Promise<void> {
  proxy.stall(random.pick(['up', 'down', undefined]))
  await pause(random.int(500, 4_000))
  proxy.resume()
}

async function slow(proxy: TcpProxy, random: Random): Promise<void> {
  proxy.delay(random.int(20, 200))
  await pause(random.int(500, 3_000))
  proxy.resume()
}
