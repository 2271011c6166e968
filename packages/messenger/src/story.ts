import type { FailedAttempt, MessageReads, StoredMessage } from './transport.ts'

/** A message with the attempts that did not end well, in their order. The one that did is told by `startedAt`, `handledAt` and `worker`. */
export interface MessageHistory extends StoredMessage {
  readonly failedAttempts: readonly FailedAttempt[]
}

const maxMessages = 1_000

export async function withHistory(reads: MessageReads, message: StoredMessage): Promise<MessageHistory> {
  return { ...message, failedAttempts: await reads.failedAttempts(message.id) }
}

/** The messages of one correlation id, oldest first; the first 1,000 of them. */
export async function tellStory(reads: MessageReads, correlationId: string): Promise<MessageHistory[]> {
  const messages = await reads.ofStory(correlationId, maxMessages)
  return Promise.all(messages.map((message) => withHistory(reads, message)))
}
