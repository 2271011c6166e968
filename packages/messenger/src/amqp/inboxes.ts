import type { Channel, ChannelModel } from 'amqplib'
import type { SqlTransaction } from '../database.ts'
import type { Log } from '../log.ts'
import { MessengerError } from '../messenger-error.ts'
import type { DispatchedRows } from '../sql/dispatched-rows.ts'
import type { Inbox, Intake, LaneSlots } from '../transport.ts'
import { arrivalOf, foreignOf, isDirect, isOurs, receiveDirect } from './arrival-of.ts'
import { createArrivals } from './arrivals.ts'
import { arrivedRows } from './arrived-rows.ts'
import { startConsumers } from './consumers.ts'
import type { Link } from './link.ts'
import type { Topology } from './topology.ts'
import { within } from './within.ts'

export interface InboxDeps {
  /** A connection of its own: acknowledgements must not wait behind what is published. */
  readonly link: Link
  readonly topology: Topology
  readonly rows: DispatchedRows
  readonly lanes: LaneSlots
  readonly intake: Intake
  readonly log: Log
}

const answerMs = 1_000

export function pushedInbox(deps: InboxDeps, ring: () => void): Inbox<SqlTransaction> {
  const { link, rows, lanes } = deps
  const arrivals = createArrivals(lanes.keys())
  const consumers = startConsumers({ ...deps, arrivals, ring })
  return {
    ...arrivedRows(rows, arrivals),
    fetch: async () => undefined,
    taken: arrivals.hold,
    through: arrivals.settle,
    stop: async () => {
      await within(answerMs, consumers.stop())
      arrivals.handBack()
    },
    [Symbol.asyncDispose]: async () => {
      await within(answerMs, consumers.close())
      await link[Symbol.asyncDispose]()
    },
  }
}

export async function pulledInbox({ link, topology, rows, lanes, intake }: InboxDeps): Promise<Inbox<SqlTransaction>> {
  const arrivals = createArrivals(lanes.keys())
  const waiting = arrivedRows(rows, arrivals)
  const channel = await openChannel(await link.open())
  const fetchUpTo = async (lane: string, limit: number): Promise<void> => {
    for (let left = limit; left > 0; left -= 1) {
      const message = await channel.get(topology.queueOf(lane))
      if (message === false) return
      const arrival = arrivalOf(channel, lane, message)
      if (isDirect(message)) {
        await receiveDirect(intake, channel, lane, message)
      } else if (isOurs(message)) {
        arrivals.add(arrival)
      } else {
        await intake.takeIn(foreignOf(lane, message))
        arrival.acknowledge()
      }
    }
  }
  return {
    ...waiting,
    nextAt: async (lane) => {
      const { messageCount } = await channel.checkQueue(topology.queueOf(lane))
      return messageCount > 0 ? 0 : waiting.nextAt(lane)
    },
    fetch: async (shares) => {
      for (const { lane, limit } of shares) await fetchUpTo(lane, limit)
    },
    taken: arrivals.hold,
    through: arrivals.settle,
    stop: async () => arrivals.handBack(),
    [Symbol.asyncDispose]: async () => {
      arrivals.handBack()
      await within(answerMs, channel.close())
      await link[Symbol.asyncDispose]()
    },
  }
}

async function openChannel(connection: ChannelModel): Promise<Channel> {
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => undefined)
    return channel
  } catch (cause) {
    throw new MessengerError('messenger.broker_unavailable', 'the connection to the broker was lost', { cause })
  }
}
