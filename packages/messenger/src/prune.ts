import type { MessageState, Transaction, Transport } from './transport.ts'

export interface PruneOptions {
  /** Since the message came to its end. */
  readonly olderThanMs: number
  /** Rows at most, in one transaction. */
  readonly limit?: number
}

const ended: readonly MessageState[] = ['done', 'cancelled', 'expired']

/** Removes messages that are done, cancelled or expired, with their history and dedupe keys. Failed ones stay. Answers how many: 0 when there is no more. */
export async function prune<Tx extends Transaction>(transport: Transport<Tx>, { olderThanMs, limit = 500 }: PruneOptions): Promise<number> {
  const before = (await transport.now()) - olderThanMs
  let removed = 0
  for (const state of ended) {
    const ids = await transport.reads.handledBefore(state, before, limit - removed)
    if (ids.length === 0) continue
    removed += await transport.transaction(async (tx) => {
      const gone = []
      for (const id of ids) gone.push(await transport.writes.remove(tx, id, state))
      return gone.filter(Boolean).length
    })
  }
  return removed
}
