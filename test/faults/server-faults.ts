import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../../tools/servers/broker.ts'
import type { Server } from '../../tools/servers/server.ts'
import type { Fault } from './fault.ts'
import type { Random } from './random.ts'

export const brokerFaults = (broker: Broker): Fault[] => [
  {
    name: 'let the broker close all connections',
    weight: 3,
    strike: async () => void (await broker.ctl('close_all_connections', 'torture')),
  },
  { name: 'kill the broker', weight: 1, strike: () => restart(broker) },
]

/** With its queues, and what was in them. */
export const wipeFault = (broker: Broker): Fault => ({ name: 'wipe the broker', weight: 1, strike: () => broker.wipe() })

export const databaseFaults = (database: Server): Fault[] => [{ name: 'kill the database', weight: 1, strike: () => restart(database) }]

/** Over when the node is in step with the others again. */
export const nodeFaults = (what: string, nodes: readonly Server[]): Fault[] =>
  nodes.flatMap((node, index) => [
    { name: `kill node ${index + 1} of the ${what}`, weight: 1, strike: () => restart(node) },
    { name: `hold node ${index + 1} of the ${what}`, weight: 1, strike: (random: Random) => hold(node, random) },
  ])

/** Killed, and started again with what it had on disk. */
async function restart(server: Server): Promise<void> {
  await server.kill()
  await server.start()
}

/** It answers nobody for a while, and does not know it. */
async function hold(server: Server, random: Random): Promise<void> {
  await server.stall()
  await pause(random.int(5_000, 15_000))
  await server.resume()
  await server.start()
}
