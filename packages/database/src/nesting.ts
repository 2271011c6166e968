import { AsyncLocalStorage } from 'node:async_hooks'
import type { SqlTransaction } from './sql.ts'

type Work<Result> = (tx: SqlTransaction) => Promise<Result>

/**
 * Tells a transaction that is opened inside another one: it would wait for what waits for it, or write apart from it. What a work leaves
 * running, as a callback after its commit, may open transactions again.
 */
export class Nesting {
  readonly #inside = new AsyncLocalStorage<{ isOpen: boolean }>()

  /** Throws inside the work of another transaction. */
  forbid(): void {
    if (this.#inside.getStore()?.isOpen) throw new Error('a transaction was opened inside a transaction: use the tx at hand')
  }

  async run<Result>(work: Work<Result>, tx: SqlTransaction): Promise<Result> {
    const scope = { isOpen: true }
    try {
      return await this.#inside.run(scope, work, tx)
    } finally {
      scope.isOpen = false
    }
  }
}
