import { type Channel, IllegalOperationError, type Message } from 'amqplib'
import type { ForeignMessage, Intake, StoredMessage } from '../transport.ts'
import { instantOfUuidV7 } from '../uuid-v7.ts'
import type { Arrival } from './arrivals.ts'

/** Marks what a relay sent. Whatever else is in a queue came from another system. */
export const appId = 'holdfast'

/** Marks what was sent without a row. */
export const directAppId = 'holdfast.direct'

export const isDirect = ({ properties: { appId: sender, messageId } }: Message) =>
  sender === directAppId && typeof messageId === 'string' && instantOfUuidV7(messageId) !== undefined

export const isOurs = ({ properties }: Message) => properties.appId === appId && typeof properties.messageId === 'string'

export function arrivalOf(channel: Channel, lane: string, message: Message): Arrival {
  return {
    messageId: String(message.properties.messageId),
    lane,
    isRedelivered: message.fields.redelivered,
    acknowledge: () => whileOpen(() => channel.ack(message)),
    handBack: () => whileOpen(() => channel.nack(message, false, true)),
  }
}

/** On a channel that is gone there is nobody left to tell. */
function whileOpen(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    if (!(error instanceof IllegalOperationError)) throw error
  }
}

/** As it would be in its row. */
function directOf(lane: string, { content, properties }: Message): StoredMessage {
  const headers = properties.headers ?? {}
  const id = String(properties.messageId)
  const instant = Number(instantOfUuidV7(id))
  return {
    ...{ id, name: String(properties.type), lane, payload: content.toString() },
    correlationId: String(properties.correlationId),
    causationId: textOrNull(headers['causationId']),
    traceparent: textOrNull(headers['traceparent']),
    tenant: textOrNull(headers['tenant']),
    ...{ dedupeKey: null, createdAt: instant, dueAt: instant, notAfter: null, state: 'dispatched', attempt: 0 },
    ...{ leaseToken: null, leaseUntil: null, dispatchedAt: instant, startedAt: null, worker: null, handledAt: null, lastError: null },
  }
}

export function foreignOf(lane: string, { content, properties }: Message): ForeignMessage {
  const headers = properties.headers ?? {}
  const redeliveries = Number(headers['x-delivery-count'] ?? 0)
  return {
    lane,
    id: textOrNull(properties.messageId),
    type: textOrNull(headers['type']) ?? textOrNull(properties.type),
    correlationId: textOrNull(properties.correlationId),
    headers,
    bytes: content,
    redeliveries,
  }
}

const textOrNull = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

/** Never rejects. */
export async function receiveDirect({ receive }: Intake, channel: Channel, lane: string, message: Message): Promise<void> {
  const arrival = arrivalOf(channel, lane, message)
  if (await receive(directOf(lane, message), arrival.isRedelivered)) arrival.acknowledge()
  else arrival.handBack()
}
