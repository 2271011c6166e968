import { randomUUID } from 'node:crypto'
import type { Broker } from '../broker.ts'
import { onFreePorts } from '../free-ports.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import { provideProgram } from './packages.ts'
import { createEpmd, createRabbitmqNode, nodeName, rabbitmq } from './rabbitmq-node.ts'

const portsPerNode = 3

/** Brokers that are one: quorum queues have a copy on each node and go on with two. */
export interface BrokerCluster extends AsyncDisposable {
  readonly nodes: readonly Broker[]
}

export async function startDebianBroker(): Promise<Broker> {
  const { nodes, ...cluster } = await startNodes(1)
  const [broker] = nodes
  if (broker === undefined) throw new Error('a cluster of one node has none')
  return { ...broker, ...cluster }
}

/** Three nodes of Debian's RabbitMQ on this machine. */
export async function startRabbitmqCluster(): Promise<BrokerCluster> {
  return startNodes(3)
}

async function startNodes(count: number): Promise<BrokerCluster> {
  await provideProgram(rabbitmq)
  return onFreePorts(count * portsPerNode + 1, async ([epmdPort = 0, ...ports]) => {
    await using resources = new AsyncDisposableStack()
    const epmd = resources.use(createEpmd(resources.use(createTemporaryFolder('epmd')).path, epmdPort))
    const places = Array.from({ length: count }, (_, index) => {
      const [port = 0, apiPort = 0, distributionPort = 0] = ports.slice(index * portsPerNode)
      return { port, apiPort, distributionPort, folder: resources.use(createTemporaryFolder('rabbitmq')).path }
    })
    const password = randomUUID()
    const cluster = { epmdPort, cookie: randomUUID(), nodeNames: places.map(({ port }) => nodeName(port)) }
    const nodes = places.map((place) => resources.use(createRabbitmqNode({ ...place, password, cluster })))
    await epmd.start()
    await Promise.all(nodes.map((node) => node.start()))
    await nodes[0]?.ctl('await_online_nodes', String(count))
    const owned = resources.move()
    return { nodes, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}
