import { type Channel, IllegalOperationError, type Message } from 'amqplib'
import type { Arrival } from './arrivals.ts'

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
