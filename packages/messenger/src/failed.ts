import type { Outbox } from './outbox.ts'
import { type ListQuery, listMessages, type Page } from './page.ts'
import { type MessageHistory, withHistory } from './story.ts'
import type { Transaction, Transport } from './transport.ts'

/** Which failed messages: one by its id, or all that fit. `{}` is every one. */
export type FailedSelection = string | { readonly name?: string | undefined; readonly lane?: string | undefined }

/** Messages that went through all their attempts, or were given up on. They stay until somebody decides. */
export interface FailedStore {
  list(query?: ListQuery): Promise<Page>
  /** With its attempts, their errors and stacks. Undefined when no failed message has this id. */
  show(messageId: string): Promise<MessageHistory | undefined>
  /** Sends them round again, due at once, with all their attempts before them; the history stays. Answers how many. */
  retry(selection: FailedSelection): Promise<number>
  /** With their history. Answers how many. */
  remove(selection: FailedSelection): Promise<number>
}

export interface StoreDeps<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  readonly lanes: readonly string[]
  readonly outbox: (tx: Tx) => Outbox
}

/** Rows per transaction, so that a big selection does not hold the database. */
const batch = 200

export function createFailedStore<Tx extends Transaction>({ transport, lanes, outbox }: StoreDeps<Tx>): FailedStore {
  const { reads } = transport
  const list = (query: ListQuery = {}) => listMessages(reads, lanes, 'failed', query)

  const change = async (ids: readonly string[], one: (tx: Tx, id: string) => Promise<boolean>): Promise<number> =>
    transport.transaction(async (tx) => {
      let changed = 0
      for (const id of ids) if (await one(tx, id)) changed += 1
      return changed
    })

  const changeAll = async (selection: FailedSelection, one: (tx: Tx, id: string) => Promise<boolean>): Promise<number> => {
    if (typeof selection === 'string') return change([selection], one)
    let changed = 0
    for (let cursor: string | undefined | null; cursor !== null; ) {
      const page: Page = await list({ ...selection, limit: batch, cursor })
      changed += await change(
        page.items.map(({ id }) => id),
        one,
      )
      cursor = page.next
    }
    return changed
  }

  return {
    list,
    show: async (messageId) => {
      const message = await reads.find(messageId)
      return message?.state === 'failed' ? withHistory(reads, message) : undefined
    },
    retry: (selection) => changeAll(selection, (tx, id) => outbox(tx).retryFailed(id)),
    remove: (selection) => changeAll(selection, (tx, id) => outbox(tx).removeFailed(id)),
  }
}
