import { once } from 'node:events'
import type { Channel, ChannelModel, Message } from 'amqplib'
import { createBackOff } from '../back-off.ts'
import type { Log } from '../log.ts'
import type { Intake, LaneSlots } from '../transport.ts'
import { arrivalOf, foreignOf, isDirect, isOurs, receiveDirect } from './arrival-of.ts'
import type { Arrivals } from './arrivals.ts'
import type { Link } from './link.ts'
import type { Topology } from './topology.ts'

export interface ConsumersDeps {
  readonly link: Link
  readonly topology: Topology
  readonly lanes: LaneSlots
  readonly arrivals: Arrivals
  readonly intake: Intake
  /** Told of each arrival that waits for a claim. */
  readonly ring: () => void
  readonly log: Log
}

interface Consumer {
  readonly channel: Channel
  readonly consumerTag: string
}

/** Consumers of each lane, on one connection after the other. */
export interface Consumers {
  /** Takes no more; what is unsettled stays with its channel. */
  stop(): Promise<void>
  /** After everything that was settled on them has been said. */
  close(): Promise<void>
}

const backOffMs = { first: 50, most: 5_000 }

/** Begins at once, and goes on over as many connections as it takes. */
export function startConsumers(deps: ConsumersDeps): Consumers {
  const stop = new AbortController()
  let current: readonly Consumer[] = []
  void keepConsuming(deps, stop.signal, (consumers) => {
    current = consumers
  })
  return {
    stop: async () => {
      stop.abort()
      await Promise.all(current.map(({ channel, consumerTag }) => channel.cancel(consumerTag)))
    },
    close: async () => {
      await Promise.all(current.map(({ channel }) => channel.close()))
    },
  }
}

/** Never throws. */
async function keepConsuming(deps: ConsumersDeps, signal: AbortSignal, told: (consumers: readonly Consumer[]) => void): Promise<void> {
  const { link, arrivals, log } = deps
  const backOff = createBackOff(backOffMs)
  const stopped = once(signal, 'abort')
  while (!signal.aborted) {
    try {
      const connection = await link.open()
      const lost = Promise.withResolvers<void>()
      told(await link.inTime(connection, consumeFrom(deps, connection, lost.resolve)))
      backOff.reset()
      await Promise.race([lost.promise, stopped])
      if (signal.aborted) return
      link.drop(connection, 'its consumers are gone')
    } catch (error) {
      log.warn({ err: error }, 'the worker cannot reach its queues and waits')
    }
    told([])
    arrivals.lose()
    await backOff.wait(signal)
  }
}

/** A channel for each lane, with a prefetch of its slots: no lane waits behind another. */
async function consumeFrom(deps: ConsumersDeps, connection: ChannelModel, onLost: () => void): Promise<Consumer[]> {
  const { topology, lanes, arrivals, ring } = deps
  const consumers: Consumer[] = []
  for (const [lane, slots] of lanes) {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    channel.on('close', onLost)
    await channel.prefetch(slots)
    const { consumerTag } = await channel.consume(topology.queueOf(lane), (message) => {
      // The broker ends a consumer, as when its queue is deleted, with a message that is none.
      if (message === null) onLost()
      else if (isDirect(message)) void receiveDirect(deps.intake, channel, lane, message)
      else if (!isOurs(message)) void takeForeign(deps, channel, lane, message)
      else if (arrivals.add(arrivalOf(channel, lane, message))) ring()
    })
    consumers.push({ channel, consumerTag })
  }
  return consumers
}

/** First the table, then the acknowledgement: while the table is away it stays in the queue. Never throws. */
async function takeForeign({ intake, log }: ConsumersDeps, channel: Channel, lane: string, message: Message): Promise<void> {
  const arrival = arrivalOf(channel, lane, message)
  const foreign = foreignOf(lane, message)
  const backOff = createBackOff(backOffMs)
  let isOpen = true
  channel.once('close', () => {
    isOpen = false
  })
  while (isOpen) {
    try {
      await intake.takeIn(foreign)
      arrival.acknowledge()
      return
    } catch (error) {
      const { id, correlationId } = foreign
      const ids = { ...(id !== null && { message_id: id }), ...(correlationId !== null && { correlation_id: correlationId }) }
      log.error({ ...ids, err: error, lane }, 'a message of another system could not be kept yet')
      await backOff.wait()
    }
  }
}
