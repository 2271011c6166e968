import type { StoreDeps } from './failed.ts'
import { type ListQuery, listMessages, type Page } from './page.ts'
import { type MessageHistory, withHistory } from './story.ts'
import type { Transaction } from './transport.ts'

/** What waits: messages due now or later, first attempts and retries alike, in the order they fall due. */
export interface Schedule {
  list(query?: ListQuery): Promise<Page>
  /** Undefined when no waiting message has this id. */
  show(messageId: string): Promise<MessageHistory | undefined>
  /** False: too late, it was taken, ended or never there. */
  cancel(messageId: string): Promise<boolean>
  /** `dueAt` in milliseconds since 1970. False: too late. */
  reschedule(messageId: string, dueAt: number): Promise<boolean>
  /** Due at once. False: too late. */
  runNow(messageId: string): Promise<boolean>
}

export function createSchedule<Tx extends Transaction>({ transport, lanes, outbox }: StoreDeps<Tx>): Schedule {
  const { reads } = transport
  const reschedule = (messageId: string, dueAt: number) => transport.transaction((tx) => outbox(tx).reschedule(messageId, dueAt))
  return {
    list: (query = {}) => listMessages(reads, lanes, 'pending', query),
    show: async (messageId) => {
      const message = await reads.find(messageId)
      return message?.state === 'pending' ? withHistory(reads, message) : undefined
    },
    cancel: (messageId) => transport.transaction((tx) => outbox(tx).cancel(messageId)),
    reschedule,
    runNow: async (messageId) => reschedule(messageId, await transport.now()),
  }
}
