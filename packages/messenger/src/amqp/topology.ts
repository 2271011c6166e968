import type { Channel, ChannelModel } from 'amqplib'
import { MessengerError } from '../messenger-error.ts'

/** One direct exchange, and a quorum queue for each lane, bound by the lane's name. */
export interface Topology {
  readonly exchange: string
  /** A topic exchange for what goes to other systems: they bind queues of their own to it. */
  readonly events: string
  readonly lanes: readonly string[]
  queueOf(lane: string): string
}

export const topologyOf = (prefix: string, lanes: readonly string[]): Topology => ({
  exchange: prefix,
  events: `${prefix}.events`,
  lanes,
  queueOf: (lane) => `${prefix}.${lane}`,
})

/**
 * The broker's own limit on deliveries is far above any policy of ours: the table counts attempts. It ends what kills its worker before a row
 * can be read, again and again. RabbitMQ 4 would say 20 by itself.
 */
const deliveryLimit = 200

/** Lanes whose queues are not there: whatever the broker confirmed of them is gone. */
export async function missingLanes(connection: ChannelModel, { lanes, queueOf }: Topology): Promise<string[]> {
  const missing: string[] = []
  for (const lane of lanes) {
    const isThere = await onChannel(connection, (channel) => channel.checkQueue(queueOf(lane))).then(
      () => true,
      (error: unknown) => {
        if (error instanceof MessengerError) return false
        throw error
      },
    )
    if (!isThere) missing.push(lane)
  }
  return missing
}

/** Declares what is missing; may be repeated. Throws `messenger.misconfigured` where the broker has something else under our names. */
export async function declare(connection: ChannelModel, topology: Topology): Promise<void> {
  await onChannel(connection, async (channel) => {
    const { exchange, events, lanes, queueOf } = topology
    await channel.assertExchange(exchange, 'direct', { durable: true })
    await channel.assertExchange(events, 'topic', { durable: true })
    for (const lane of lanes) {
      const queue = queueOf(lane)
      await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': deliveryLimit } })
      await channel.bindQueue(queue, exchange, lane)
    }
  })
}

/** Throws `messenger.misconfigured` when an exchange or a queue is missing. */
export async function assertDeclared(connection: ChannelModel, topology: Topology): Promise<void> {
  await onChannel(connection, async (channel) => {
    await channel.checkExchange(topology.exchange)
    await channel.checkExchange(topology.events)
    for (const lane of topology.lanes) await channel.checkQueue(topology.queueOf(lane))
  })
}

/** Work on a channel of its own: the broker answers a wrong declaration by closing it. */
async function onChannel(connection: ChannelModel, work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const channel = await connection.createChannel()
  // The call that it answers rejects with the same error.
  channel.on('error', () => undefined)
  try {
    await work(channel)
    await channel.close()
  } catch (error) {
    throw readable(error)
  }
}

const notFound = 404
const preconditionFailed = 406

function readable(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== notFound && code !== preconditionFailed) return error
  const told = String(error).replace(/^.*?(NOT_FOUND|PRECONDITION_FAILED) - /, '')
  const what =
    code === notFound
      ? `the broker lacks what messages travel on (${told}): declare it first`
      : `the broker has something else under our names (${told}): take that away, or choose another prefix`
  return new MessengerError('messenger.misconfigured', what, { cause: error })
}
