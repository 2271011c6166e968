import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askSteps } from '../faults/in-step.ts'
import { networkFaults, refuse } from '../faults/network-faults.ts'
import { brokerFaults, databaseFaults, nodeFaults } from '../faults/server-faults.ts'
import { openServerCluster, openServers } from '../faults/servers.ts'
import { processFaults } from './process-faults.ts'
import type { BusTortureOptions } from './run-bus-torture.ts'

/** Servers with a bad network in front of them, and everything that can go wrong there. */
export interface Stack
  extends AsyncDisposable,
    Pick<BusTortureOptions, 'workers' | 'dispatchers' | 'place' | 'faults' | 'halfway' | 'askSteps'> {}

const minuteMs = 60_000

/** One file and the processes that share it. */
export async function openEmbedded(): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bus-'))
  const place = { databaseUrls: [`sqlite:${join(folder, 'bus.db')}`], brokerUrls: [] }
  return {
    place,
    workers: [place, place],
    dispatchers: [place],
    faults: processFaults,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** One database and one broker. */
export async function openStack(): Promise<Stack> {
  const servers = await openServers()
  const { place, database, broker, serversWay, workersWay, brokersWay } = servers
  const brokerUrls = [brokersWay.url]
  return {
    place,
    workers: Array.from({ length: 3 }, () => ({ databaseUrls: [workersWay.url], brokerUrls })),
    dispatchers: Array.from({ length: 2 }, () => ({ databaseUrls: [serversWay.url], brokerUrls })),
    faults: (crew) => [
      ...processFaults(crew),
      ...networkFaults('database', workersWay),
      ...networkFaults('broker', brokersWay),
      ...brokerFaults(broker),
      ...databaseFaults(database),
    ],
    halfway: {
      name: 'keep the workers from the database, and so from the failed store, for a minute',
      weight: 1,
      strike: () => refuse(workersWay, minuteMs),
    },
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  }
}

/** Three nodes of either. Each process prefers another node, and goes on with the others. */
export async function openCluster(): Promise<Stack> {
  const cluster = await openServerCluster()
  const { places, databases, brokers } = cluster
  const [place = { databaseUrls: [], brokerUrls: [] }] = places
  return {
    place,
    workers: places,
    dispatchers: places.slice(0, 2),
    faults: () => [...nodeFaults('database', databases), ...nodeFaults('broker', brokers)],
    askSteps: () => askSteps(cluster),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
