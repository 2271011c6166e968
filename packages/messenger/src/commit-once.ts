import type { ClaimedMessage } from './claim.ts'
import type { Commit } from './handle.ts'
import type { Hold } from './hold.ts'
import { MessengerError } from './messenger-error.ts'
import type { Outbox } from './outbox.ts'
import type { Settlement } from './settlement.ts'
import type { Transaction, Transport } from './transport.ts'

export interface CommitDeps<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  readonly settlement: Settlement<Tx>
  /** The outbox of a transaction that continues this message's story. */
  readonly outboxAfter: (message: ClaimedMessage, tx: Tx) => Outbox
}

export type CommitOutcome = { readonly is: 'unused' } | { readonly is: 'committed' } | { readonly is: 'refused'; readonly error: unknown }

export interface CommitOnce<Tx extends Transaction> {
  readonly commit: Commit<Tx>
  /** Waits for a commit that is under way, also one the handler did not wait for. */
  outcome(): Promise<CommitOutcome>
}

/** One delivery's `commit`: the receipt first, so that a stale delivery runs no effect, then the effect, in one transaction. */
export function commitOnce<Tx extends Transaction>(deps: CommitDeps<Tx>, hold: Hold): CommitOnce<Tx> {
  const { message, controller } = hold
  const { signal } = controller
  let outcome: Promise<CommitOutcome> | undefined
  return {
    commit: (effect) => {
      if (outcome !== undefined) {
        return Promise.reject(new MessengerError('messenger.committed_twice', `${message.name}: commit was called a second time`))
      }
      if (signal.aborted) return Promise.reject(signal.reason)
      const result = deps.transport.transaction(async (tx) => {
        await deps.settlement.done(tx, hold)
        return effect({ sql: tx, outbox: deps.outboxAfter(message, tx) })
      })
      outcome = result.then(
        () => ({ is: 'committed' }),
        (error: unknown) => ({ is: 'refused', error }),
      )
      return result
    },
    outcome: async () => (await outcome) ?? { is: 'unused' },
  }
}
