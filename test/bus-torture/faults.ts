import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../../tools/servers/broker.ts'
import type { Server } from '../../tools/servers/server.ts'
import type { TcpProxy } from '../network/tcp-proxy.ts'
import type { Random } from '../torture/random.ts'
import type { Crew } from './crew.ts'

/** Something that goes wrong, and is over when it resolves. */
export interface Fault {
  readonly name: string
  /** How often it is chosen, beside the others. */
  readonly weight: number
  strike(random: Random): Promise<void>
}

export const processFaults = (crew: Crew): Fault[] => [
  { name: 'kill a worker', weight: 6, strike: async (random) => crew.kill('work', (count) => random.int(0, count - 1)) },
  { name: 'kill a dispatcher', weight: 2, strike: async (random) => crew.kill('dispatch', (count) => random.int(0, count - 1)) },
]

/** `what` stands behind the proxy. */
export const networkFaults = (what: string, proxy: TcpProxy): Fault[] => [
  { name: `cut the connections to the ${what}`, weight: 3, strike: async () => proxy.reset() },
  { name: `stall the connections to the ${what}`, weight: 1, strike: (random) => stall(proxy, random) },
  { name: `slow the connections to the ${what}`, weight: 1, strike: (random) => slow(proxy, random) },
  { name: `refuse connections to the ${what}`, weight: 1, strike: (random) => refuse(proxy, random.int(500, 3_000)) },
]

export const brokerFaults = (broker: Broker): Fault[] => [
  {
    name: 'let the broker close all connections',
    weight: 3,
    strike: async () => void (await broker.ctl('close_all_connections', 'torture')),
  },
  { name: 'kill the broker', weight: 1, strike: () => restart(broker) },
]

export const databaseFaults = (database: Server): Fault[] => [{ name: 'kill the database', weight: 1, strike: () => restart(database) }]

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

/** Killed, and started again with what it had on disk. */
export async function restart(server: Server): Promise<void> {
  await server.kill()
  await server.start()
}

/** It answers nobody for a while, and does not know it. */
export async function hold(server: Server, random: Random): Promise<void> {
  await server.stall()
  await pause(random.int(5_000, 15_000))
  await server.resume()
}

export function chooseFault(faults: readonly Fault[], random: Random): Fault | undefined {
  let left = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0)
  return faults.find(({ weight }) => {
    left -= weight
    return left < 0
  })
}
