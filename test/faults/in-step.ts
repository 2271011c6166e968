import { setTimeout as pause } from 'node:timers/promises'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Broker } from '../../tools/servers/broker.ts'
import type { Database } from '../../tools/servers/database.ts'
import type { Cluster } from './servers.ts'

/** What a node says of itself and of the others. */
export interface NodeStep {
  readonly node: string
  readonly said: string
  readonly isInStep: boolean
}

const withinMs = 60_000

/** Whether each node of a cluster is one of all again, or is within a minute. */
export async function askSteps(cluster: Pick<Cluster, 'databases' | 'brokers'>): Promise<NodeStep[]> {
  const until = performance.now() + withinMs
  for (;;) {
    const steps = await askOnce(cluster)
    if (steps.every(({ isInStep }) => isInStep) || performance.now() > until) return steps
    await pause(1_000)
  }
}

async function askOnce({ databases, brokers }: Pick<Cluster, 'databases' | 'brokers'>): Promise<NodeStep[]> {
  const steps: NodeStep[] = []
  for (const [index, node] of databases.entries())
    steps.push(await askDatabase(node, `node ${index + 1} of the database`, databases.length))
  for (const [index, node] of brokers.entries()) steps.push(await askBroker(node, `node ${index + 1} of the broker`, brokers.length))
  return steps
}

async function askDatabase({ url }: Database, node: string, nodeCount: number): Promise<NodeStep> {
  const connection = await createConnection(url)
  const [rows] = await connection.query<RowDataPacket[]>(
    "SHOW GLOBAL STATUS WHERE variable_name IN ('wsrep_local_state_comment', 'wsrep_cluster_size')",
  )
  await connection.end()
  const status = Object.fromEntries(rows.map((row) => [row['Variable_name'], row['Value']]))
  const { wsrep_local_state_comment: state, wsrep_cluster_size: size } = status
  return { node, said: `${state}, ${size} nodes`, isInStep: state === 'Synced' && Number(size) === nodeCount }
}

async function askBroker({ ctl }: Broker, node: string, nodeCount: number): Promise<NodeStep> {
  const status = JSON.parse(await ctl('cluster_status', '--formatter', 'json')) as { running_nodes: readonly string[] }
  const queues = JSON.parse(await ctl('list_queues', '--quiet', '--formatter', 'json', 'name', 'type', 'online')) as readonly Queue[]
  const quorum = queues.filter(({ type }) => type === 'quorum')
  const whole = quorum.filter(({ online }) => online.length === nodeCount)
  return {
    node,
    said: `${status.running_nodes.length} nodes run, ${whole.length} of ${quorum.length} quorum queues with each member online`,
    isInStep: status.running_nodes.length === nodeCount && whole.length === quorum.length && quorum.length > 0,
  }
}

interface Queue {
  readonly type: string
  readonly online: readonly string[]
}
