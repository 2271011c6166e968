import { createConnection } from 'mysql2/promise'
import { type Broker, startBroker } from '../../tools/servers/broker.ts'
import { type Database, startDatabase } from '../../tools/servers/database.ts'
import { startGalera } from '../../tools/servers/debian/galera.ts'
import { startRabbitmqCluster } from '../../tools/servers/debian/rabbitmq.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Where a process finds its servers. */
export interface ServerPlace {
  /** `sqlite:PATH`, or `mysql://…/torture` of one or several nodes. */
  readonly databaseUrls: readonly string[]
  /** `amqp://…` of one or several nodes; none where the database carries the messages. */
  readonly brokerUrls: readonly string[]
}

/** One database and one broker, with a bad network in front of them: those who serve and those who work reach the database each by its own. */
export interface Servers extends AsyncDisposable {
  /** Where nothing stands in between. */
  readonly place: ServerPlace
  readonly database: Database
  readonly broker: Broker
  readonly serversWay: TcpProxy
  readonly workersWay: TcpProxy
  readonly brokersWay: TcpProxy
}

export async function openServers(): Promise<Servers> {
  await using opened = new AsyncDisposableStack()
  const [database, broker] = await Promise.all([startDatabase(), startBroker()])
  opened.use(database)
  opened.use(broker)
  const url = await createDatabase(database.url)
  const serversWay = opened.use(await startTcpProxy(url))
  const workersWay = opened.use(await startTcpProxy(url))
  const brokersWay = opened.use(await startTcpProxy(broker.url))
  const owned = opened.move()
  const place = { databaseUrls: [url], brokerUrls: [broker.url] }
  return { place, database, broker, serversWay, workersWay, brokersWay, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Three nodes of either. */
export interface Cluster extends AsyncDisposable {
  readonly databases: readonly Database[]
  readonly brokers: readonly Broker[]
  /** Each prefers another node, and goes on with the others. */
  readonly places: readonly ServerPlace[]
}

export async function openServerCluster(): Promise<Cluster> {
  await using opened = new AsyncDisposableStack()
  const [{ nodes: databases, ...databaseCluster }, { nodes: brokers, ...brokerCluster }] = await Promise.all([
    startGalera(),
    startRabbitmqCluster(),
  ])
  opened.use(databaseCluster)
  opened.use(brokerCluster)
  const [founder] = databases
  if (founder === undefined) throw new Error('a cluster without nodes')
  await createDatabase(founder.url)
  const databaseUrls = databases.map(({ url }) => `${url}/${databaseName}`)
  const brokerUrls = brokers.map(({ url }) => url)
  const places = databaseUrls.map((_, first) => ({ databaseUrls: rotated(databaseUrls, first), brokerUrls: rotated(brokerUrls, first) }))
  const owned = opened.move()
  return { databases, brokers, places, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => [...items.slice(by), ...items.slice(0, by)]

const databaseName = 'torture'

async function createDatabase(url: string): Promise<string> {
  const connection = await createConnection(url)
  await connection.query(`CREATE DATABASE ${databaseName} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  await connection.end()
  return `${url}/${databaseName}`
}
