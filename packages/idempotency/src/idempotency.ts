import type { RenderedAnswer } from './answer.ts'
import { type AnyCommit, type Committed, runCommitting } from './commit.ts'
import type { Attempt, IdempotencyDeps, KeyedRequest, Outcome } from './keyed-request.ts'
import { runOnce, type Writing } from './run-once.ts'
import { writeUnkeyed } from './write-answer.ts'

export interface Idempotency<Tx> {
  /**
   * Answers with the stored answer of an equal request, or runs `work`. Throws an IdempotencyError, or what `work` threw where its
   * answer does not last.
   */
  runOnce(request: KeyedRequest, work: (attempt: Attempt<Tx>) => Promise<Committed>): Promise<Outcome>
  /** For a request without a key: one transaction, nothing remembered. */
  runUnkeyed(work: (commit: AnyCommit<Tx>) => Promise<Committed>): Promise<RenderedAnswer>
  /** Removes at most `limit` expired records in one transaction, and tells how many. */
  prune(limit: number): Promise<number>
}

/** Runs each key's work once. Everything that a request leaves behind is in the store: any number of processes may share one. */
export function createIdempotency<Tx>(deps: IdempotencyDeps<Tx>): Idempotency<Tx> {
  const { store, transaction, clock = Date.now } = deps
  const writing: Writing = new Map()
  return {
    runOnce: (request, work) => runOnce(deps, writing, request, work),
    runUnkeyed: (work) => runCommitting((effect) => writeUnkeyed(transaction, effect), work),
    async prune(limit) {
      const now = await clock()
      return transaction((tx) => store.prune(tx, now, limit))
    },
  }
}
