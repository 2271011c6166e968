import { AsyncResource } from 'node:async_hooks'
import { type DeferredWrite, DeferredWrites } from '../deferred-writes.ts'
import type { SqlTransaction, SqlValue } from '../sql.ts'
import type { MysqlConnection } from './mysql-connection.ts'
import { endsTransaction } from './mysql-errors.ts'
import { allRows, changesOf } from './mysql-sql.ts'

/** The handle that one caller's work sees. It dies with the work, so a forgotten `await` cannot write into a stranger's transaction. */
export class MysqlTransaction implements SqlTransaction {
  readonly callbacks: (() => void)[] = []
  readonly deferred = new DeferredWrites()
  readonly #connection: MysqlConnection
  #isOpen = true
  #hasWritten = false
  #last: Promise<unknown> = Promise.resolve()
  #failure: Error | undefined

  constructor(connection: MysqlConnection) {
    this.#connection = connection
  }

  /** Why the server, or the way to it, has given the transaction up. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** False while no statement has changed a row: there is nothing to undo. */
  get hasWritten(): boolean {
    return this.#hasWritten
  }

  async all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]> {
    return allRows<Row>(await this.#execute(text, values))
  }

  async get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined> {
    return (await this.all<Row>(text, values))[0]
  }

  async run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }> {
    return changesOf(await this.#execute(text, values))
  }

  afterCommit(callback: () => void): void {
    this.#assertOpen()
    const context = new AsyncResource('afterCommit')
    this.callbacks.push(() => context.runInAsyncScope(callback))
  }

  beforeCommit<Item>(write: DeferredWrite<Item>, item: Item): void {
    this.#assertOpen()
    this.deferred.add(write, item)
  }

  /** Takes no more statements, and waits for those that nobody has awaited: only then is it known whether one was the end of it all. */
  async end(): Promise<void> {
    this.#isOpen = false
    await this.#last
  }

  async #execute(text: string, values?: readonly SqlValue[]) {
    this.#assertOpen()
    const answer = this.#attempt(text, values)
    this.#last = answer.catch(() => undefined)
    return answer
  }

  async #attempt(text: string, values?: readonly SqlValue[]) {
    try {
      const result = await this.#connection.execute(text, values)
      this.#hasWritten ||= changesOf(result).changes > 0
      return result
    } catch (error) {
      if (endsTransaction(error)) this.#failure ??= error
      throw error
    }
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new Error('this transaction has ended: a statement was run after it, or not awaited')
    // What followed would begin a transaction of its own, and be committed without what went before.
    if (this.#failure !== undefined) throw this.#failure
  }
}
