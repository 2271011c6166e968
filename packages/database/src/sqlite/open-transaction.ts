import { AsyncResource } from 'node:async_hooks'
import { type DeferredWrite, DeferredWrites } from '../deferred-writes.ts'
import { DatabaseUnavailable, type SqlTransaction, type SqlValue } from '../sql.ts'
import type { Statements } from './statements.ts'

/** The handle that one caller's work sees. It dies with the work, so a forgotten `await` cannot write into a stranger's transaction. */
export class OpenTransaction implements SqlTransaction {
  readonly callbacks: (() => void)[] = []
  readonly deferred = new DeferredWrites()
  readonly #statements: Statements
  #open = true

  constructor(statements: Statements) {
    this.#statements = statements
  }

  async all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return this.#live().all<Row>(text, values)
  }

  async get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined> {
    return this.#live().get<Row>(text, values)
  }

  async run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }> {
    return this.#live().run(text, values)
  }

  afterCommit(callback: () => void): void {
    this.#live()
    const context = new AsyncResource('afterCommit')
    this.callbacks.push(() => context.runInAsyncScope(callback))
  }

  beforeCommit<Item>(write: DeferredWrite<Item>, item: Item): void {
    this.#live()
    this.deferred.add(write, item)
  }

  end(): void {
    this.#open = false
  }

  #live(): Statements {
    if (!this.#open) throw new Error('this transaction has ended: a statement was run after it, or not awaited')
    // SQLite may have rolled everything back by itself: what followed would be committed at once, alone.
    if (!this.#statements.inTransaction) throw new DatabaseUnavailable('SQLITE_ABORT')
    return this.#statements
  }
}
