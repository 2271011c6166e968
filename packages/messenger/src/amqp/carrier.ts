import type { ChannelModel, ConfirmChannel, Options } from 'amqplib'
import { MessengerError } from '../messenger-error.ts'
import type { Carrier, ForeignForm, Parcel, StoredMessage } from '../transport.ts'
import { appId, directAppId } from './arrival-of.ts'
import type { Link } from './link.ts'
import type { Topology } from './topology.ts'

export interface CarrierOptions {
  readonly link: Link
  readonly topology: Topology
  /** Messages of a lane that the broker should hold at most. */
  readonly maxQueued: number
  /** Told when the broker lacks something that a message needs on its way. */
  readonly onUndeclared: () => void
}

interface Publishing {
  readonly connection: ChannelModel
  readonly channel: ConfirmChannel
  /** Ids that came back because no queue wanted them. */
  readonly returned: Set<string>
}

/** Longer than a cluster takes to give a queue another leader, where the node of the last one is silent: who publishes anew meanwhile waits longer. */
const confirmMs = 10_000
const countEveryMs = 100

/** Publishes mandatory, persistent and confirmed. Whatever goes wrong on a channel ends its connection: the next one declares all anew. */
export function createCarrier({ link, topology, maxQueued, onUndeclared }: CarrierOptions): Carrier {
  const rooms = new Map<string, { readonly countedAt: number; left: number }>()
  let current: Promise<Publishing> | undefined

  const publishing = (): Promise<Publishing> => {
    const opening = current ?? openPublishing(link, onUndeclared, () => (current = undefined))
    current = opening
    opening.catch(() => (current = undefined))
    return opening
  }

  return {
    room: async (lane) => {
      const { connection, channel } = await publishing()
      const known = rooms.get(lane)
      if (known !== undefined && performance.now() - known.countedAt < countEveryMs) return known.left
      try {
        const { messageCount } = await link.inTime(connection, channel.checkQueue(topology.queueOf(lane)))
        rooms.set(lane, { countedAt: performance.now(), left: maxQueued - messageCount })
        return maxQueued - messageCount
      } catch (cause) {
        link.drop(connection, 'a queue is gone')
        throw new MessengerError('messenger.broker_unavailable', `the broker has no queue for the lane ${lane}`, { cause })
      }
    },
    carry: async (parcels) => {
      for (const {
        message: { lane },
      } of parcels) {
        const known = rooms.get(lane)
        if (known !== undefined) known.left -= 1
      }
      if (parcels.length === 0) return new Set()
      const open = await publishing().catch(() => undefined)
      return open === undefined ? new Set() : publishAll(open, parcels, topology, (reason) => link.drop(open.connection, reason))
    },
  }
}

async function openPublishing(link: Link, onUndeclared: () => void, onClose: () => void): Promise<Publishing> {
  const connection = await link.open()
  const channel = await link.inTime(connection, connection.createConfirmChannel())
  const returned = new Set<string>()
  channel.on('return', ({ properties }) => {
    returned.add(String(properties.messageId))
    onUndeclared()
  })
  channel.on('error', onUndeclared)
  channel.on('close', () => {
    onClose()
    link.drop(connection, 'its channel was closed')
  })
  return { connection, channel, returned }
}

/** Many in flight. Resolves when the broker has answered for each, or is given up on. */
function publishAll(
  { channel, returned }: Publishing,
  parcels: readonly Parcel[],
  topology: Topology,
  giveUp: (reason: string) => void,
): Promise<Set<string>> {
  return new Promise((resolve) => {
    const confirmed = new Set<string>()
    let unanswered = parcels.length
    const late = setTimeout(() => giveUp('it did not confirm in time'), confirmMs)
    const answered = (id: string, isKept: boolean) => {
      const isReturned = returned.delete(id)
      if (isKept && !isReturned) confirmed.add(id)
      unanswered -= 1
      if (unanswered > 0) return
      clearTimeout(late)
      if (confirmed.size < parcels.length) giveUp('it did not take every message')
      resolve(confirmed)
    }
    for (const parcel of parcels) {
      const { id } = parcel.message
      try {
        const { exchange, key, body, options } = letterOf(parcel, topology)
        channel.publish(exchange, key, Buffer.from(body), options, (error) => answered(id, error === null))
      } catch {
        answered(id, false)
      }
    }
  })
}

const letterOf = ({ message, foreign, isDirect = false }: Parcel, { exchange, events }: Topology) =>
  foreign === undefined
    ? { exchange, key: message.lane, body: message.payload, options: isDirect ? directProperties(message) : propertiesOf(message) }
    : { exchange: events, key: foreign.type, body: JSON.stringify(foreign.body), options: foreignProperties(message, foreign) }

/** A worker reads the id and then the row. The rest is for people who look into a queue. */
function propertiesOf({ id, name, correlationId, traceparent, createdAt }: StoredMessage): Options.Publish {
  return {
    mandatory: true,
    persistent: true,
    appId,
    messageId: id,
    type: name,
    correlationId,
    timestamp: Math.floor(createdAt / 1_000),
    contentType: 'application/json',
    ...(traceparent === null ? {} : { headers: { traceparent } }),
  }
}

/** All that its row would say; its id says when it was made. */
function directProperties(message: StoredMessage): Options.Publish {
  const { causationId, traceparent, tenant } = message
  const headers = Object.entries({ causationId, traceparent, tenant }).filter(([, value]) => value !== null)
  return { ...propertiesOf(message), appId: directAppId, ...(headers.length === 0 ? {} : { headers: Object.fromEntries(headers) }) }
}

/** For any client, and for the JSON serializer of Symfony Messenger, which reads the header `type`. Nobody may be listening: not mandatory. */
function foreignProperties({ id, correlationId, createdAt }: StoredMessage, { type, headers }: ForeignForm): Options.Publish {
  return {
    persistent: true,
    messageId: id,
    type,
    correlationId,
    timestamp: Math.floor(createdAt / 1_000),
    contentType: 'application/json',
    headers: { ...headers, type, 'Content-Type': 'application/json' },
  }
}
