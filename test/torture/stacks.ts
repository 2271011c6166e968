import { startAzurite } from '../../tools/servers/azurite.ts'
import type { Fault } from '../faults/fault.ts'
import { askSteps, type NodeStep } from '../faults/in-step.ts'
import { networkFaults } from '../faults/network-faults.ts'
import { brokerFaults, databaseFaults, nodeFaults, wipeFault } from '../faults/server-faults.ts'
import { openServerCluster, openServers, type ServerPlace } from '../faults/servers.ts'
import { startTcpProxy } from '../faults/tcp-proxy.ts'
import { makeContainer } from '../service/own-container.ts'
import type { Member } from './pool.ts'

type Settings = Readonly<Record<string, string>>

/** What a house stands on, and what can go wrong there beside its processes. */
export interface Stack extends AsyncDisposable {
  /** Where nothing stands in between: for what is asked at the end. */
  readonly settings: Settings
  readonly members: readonly Member[]
  readonly faults: readonly Fault[]
  /** Only once, in the middle: what is lost there is missed after minutes. */
  readonly halfway?: Fault
  /** Where there are several nodes of each. */
  readonly askSteps?: () => Promise<readonly NodeStep[]>
}

/** One file, and processes that do all of it. */
export async function openEmbedded(): Promise<Stack> {
  const member = { role: 'run', settings: {} } as const
  return { settings: {}, members: [member, member], faults: [], [Symbol.asyncDispose]: async () => undefined }
}

/** One database and one broker. */
export async function openStack(): Promise<Stack> {
  const servers = await openServers()
  const { place, database, broker, serversWay, workersWay, brokersWay } = servers
  const brokerUrls = [brokersWay.url]
  return {
    settings: settingsOf(place),
    members: [...serving(2, { databaseUrls: [serversWay.url], brokerUrls }), ...working(2, { databaseUrls: [workersWay.url], brokerUrls })],
    faults: [
      ...networkFaults('database', serversWay),
      ...networkFaults('workers’ database', workersWay),
      ...networkFaults('broker', brokersWay),
      ...brokerFaults(broker),
      ...databaseFaults(database),
    ],
    halfway: wipeFault(broker),
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  }
}

/** Three nodes of either. Each process prefers another node, and goes on with the others. */
export async function openCluster(): Promise<Stack> {
  const cluster = await openServerCluster()
  const { places, databases, brokers } = cluster
  const [place = { databaseUrls: [], brokerUrls: [] }] = places
  return {
    settings: settingsOf(place),
    members: places.flatMap((each) => [...serving(1, each), ...working(1, each)]),
    faults: [...nodeFaults('database', databases), ...nodeFaults('broker', brokers)],
    askSteps: () => askSteps(cluster),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** The same with its blobs in an Azurite, behind a bad network. It is not killed: it writes its index to the disk only now and then. */
export async function inAzure(stack: Stack): Promise<Stack> {
  await using opened = new AsyncDisposableStack()
  opened.use(stack)
  const azurite = opened.use(await startAzurite())
  const way = opened.use(await startTcpProxy(azurite.url))
  const { settings } = opened.use(await makeContainer(azurite.url))
  const { origin, pathname } = new URL(way.url)
  const behind = { ...settings, AZURE_BLOB_ENDPOINT: `${origin}${pathname}` }
  const owned = opened.move()
  return {
    ...stack,
    settings: { ...stack.settings, ...settings },
    members: stack.members.map((member) => ({ ...member, settings: { ...member.settings, ...behind } })),
    faults: [...stack.faults, ...networkFaults('blobs', way)],
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const settingsOf = ({ databaseUrls, brokerUrls }: ServerPlace): Settings => ({
  DATABASE_URL: databaseUrls.join(','),
  MESSENGER_TRANSPORT_DSN: brokerUrls.join(','),
})

const serving = (count: number, place: ServerPlace): Member[] => members('serve', count, place)
const working = (count: number, place: ServerPlace): Member[] => members('work', count, place)

const members = (role: Member['role'], count: number, place: ServerPlace): Member[] =>
  Array.from({ length: count }, () => ({ role, settings: settingsOf(place) }))
