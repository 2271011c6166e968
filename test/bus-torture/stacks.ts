import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Broker, startBroker } from '../../tools/servers/broker.ts'
import { startDatabase } from '../../tools/servers/database.ts'
import { startGalera } from '../../tools/servers/debian/galera.ts'
import { startRabbitmqCluster } from '../../tools/servers/debian/rabbitmq.ts'
import type { Server } from '../../tools/servers/server.ts'
import { startTcpProxy } from '../network/tcp-proxy.ts'
import { openPlace } from './bus.ts'
import { brokerFaults, databaseFaults, type Fault, hold, networkFaults, processFaults, refuse, restart } from './faults.ts'
import type { BusTortureOptions } from './run-bus-torture.ts'

/** Servers with a bad network in front of them, and everything that can go wrong there. */
export interface Stack extends AsyncDisposable, Pick<BusTortureOptions, 'workers' | 'dispatchers' | 'place' | 'faults' | 'halfway'> {}

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

/** One database and one broker. Workers and dispatchers reach the database each by a network of their own. */
export async function openStack(): Promise<Stack> {
  await using opened = new AsyncDisposableStack()
  const [database, broker] = await Promise.all([startDatabase(), startBroker()])
  opened.use(database)
  opened.use(broker)
  const url = await createDatabase(database.url)
  const workersWay = opened.use(await startTcpProxy(url))
  const dispatchersWay = opened.use(await startTcpProxy(url))
  const brokersWay = opened.use(await startTcpProxy(broker.url))
  const brokerUrls = [brokersWay.url]
  const owned = opened.move()
  return {
    place: { databaseUrls: [url], brokerUrls: [broker.url] },
    workers: Array.from({ length: 3 }, () => ({ databaseUrls: [workersWay.url], brokerUrls })),
    dispatchers: Array.from({ length: 2 }, () => ({ databaseUrls: [dispatchersWay.url], brokerUrls })),
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
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Three nodes of either. Each process prefers another node, and goes on with the others. */
export async function openCluster(): Promise<Stack> {
  await using opened = new AsyncDisposableStack()
  const [databases, brokers] = await Promise.all([startGalera(), startRabbitmqCluster()])
  opened.use(databases)
  opened.use(brokers)
  const [founder] = databases.nodes
  if (founder === undefined) throw new Error('a cluster without nodes')
  await createDatabase(founder.url)
  const databaseUrls = databases.nodes.map(({ url }) => `${url}/${databaseName}`)
  const brokerUrls = brokers.nodes.map(({ url }) => url)
  const places = databaseUrls.map((_, first) => ({ databaseUrls: rotated(databaseUrls, first), brokerUrls: rotated(brokerUrls, first) }))
  const owned = opened.move()
  return {
    place: { databaseUrls, brokerUrls },
    workers: places,
    dispatchers: places.slice(0, 2),
    faults: () => [...databases.nodes.flatMap(nodeFaults('database')), ...brokers.nodes.flatMap(nodeFaults('broker'))],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const nodeFaults =
  (what: string) =>
  (node: Server | Broker, index: number): Fault[] => [
    { name: `kill node ${index + 1} of the ${what}`, weight: 1, strike: () => restart(node) },
    { name: `hold node ${index + 1} of the ${what}`, weight: 1, strike: (random) => hold(node, random) },
  ]

const rotated = <Item>(items: readonly Item[], by: number): Item[] => [...items.slice(by), ...items.slice(0, by)]

const databaseName = 'torture'

async function createDatabase(url: string): Promise<string> {
  const server = openPlace({ databaseUrls: [`${url}/mysql`] })
  await server.transaction((tx) => tx.run(`CREATE DATABASE ${databaseName} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`))
  await server.close()
  return `${url}/${databaseName}`
}
