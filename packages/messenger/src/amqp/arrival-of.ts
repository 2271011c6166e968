import { type Channel, IllegalOperationError, type Message } from 'amqplib'
import type { ForeignMessage } from '../transport.ts'
import type { Arrival } from './arrivals.ts'

/** Marks what a relay sent. Whatever else is in a queue came from another system. */
export const appId = 'holdfast'

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
