import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DatabaseUnavailable, type SqlTransaction, type SqlValue } from '../sql.ts'
import type { Statements } from './statements.ts'

export interface GroupCommitLimits {
  /** Callers whose work shares one commit, at most. */
  readonly maxGroup: number
  /** A group takes no further work after this long, so that nobody waits for a crowd. */
  readonly maxGroupMs: number
  /** Work that has not settled by then is rolled back alone: it holds the only write lock. */
  readonly maxWorkMs: number
}

interface Waiting {
  readonly work: (tx: SqlTransaction) => Promise<unknown>
  readonly settle: (outcome: Outcome) => void
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

/** The handle that one caller's work sees. It dies with the work, so a forgotten `await` cannot write into a stranger's transaction. */
class OpenTransaction implements SqlTransaction {
  readonly callbacks: (() => void)[] = []
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
    this.callbacks.push(AsyncLocalStorage.bind(callback))
  }

  end(): void {
    this.#open = false
  }

  #live(): Statements {
    if (!this.#open) throw new Error('this transaction has ended: a statement was run after it, or not awaited')
    return this.#statements
  }
}

/**
 * One writer for many callers. Each caller's work runs alone, in the order it came, inside a savepoint of a shared transaction; one
 * fsync makes them all durable, and only then does any of them hear its outcome. A work that throws is undone alone. A commit
 * that fails fails the whole group.
 */
export class GroupCommit {
  readonly #statements: Statements
  readonly #limits: GroupCommitLimits
  readonly #waiting: Waiting[] = []
  #draining: Promise<void> | undefined

  constructor(statements: Statements, limits: GroupCommitLimits) {
    this.#statements = statements
    this.#limits = limits
  }

  run<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> {
    // The group is driven by whoever came first; each work still runs in its own caller's async context.
    const inContext = AsyncLocalStorage.snapshot()
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => (outcome.ok ? resolve(outcome.value as Result) : reject(outcome.error))
      this.#waiting.push({ work: (tx) => inContext(work, tx), settle })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // One turn of the event loop lets the requests that arrived during the last fsync join this group.
      await nextTurn()
      await this.#commitGroup()
    }
    this.#draining = undefined
  }

  async #commitGroup(): Promise<void> {
    const group: { settle: Waiting['settle']; outcome: Outcome; callbacks: (() => void)[] }[] = []
    let taken: Waiting | undefined
    try {
      this.#statements.execute('BEGIN IMMEDIATE')
      const until = performance.now() + this.#limits.maxGroupMs
      while (group.length < this.#limits.maxGroup && (group.length === 0 || performance.now() < until)) {
        taken = this.#waiting.shift()
        if (taken === undefined) break
        group.push({ settle: taken.settle, ...(await this.#runAlone(taken.work)) })
        taken = undefined
      }
      this.#statements.execute('COMMIT')
    } catch (error) {
      this.#rollBack()
      // With the write lock refused nobody was taken yet: the first in line hears it, so that a stuck database is no endless wait.
      taken ??= group.length === 0 ? this.#waiting.shift() : undefined
      taken?.settle({ ok: false, error })
      for (const { settle } of group) settle({ ok: false, error })
      return
    }
    for (const { settle, outcome, callbacks } of group) {
      settle(outcome)
      if (outcome.ok) for (const callback of callbacks) callback()
    }
  }

  async #runAlone(work: Waiting['work']): Promise<{ outcome: Outcome; callbacks: (() => void)[] }> {
    const tx = new OpenTransaction(this.#statements)
    this.#statements.execute('SAVEPOINT work')
    let outcome: Outcome
    try {
      outcome = { ok: true, value: await this.#withinTime(work(tx)) }
    } catch (error) {
      outcome = { ok: false, error }
    }
    tx.end()
    if (!this.#statements.inTransaction) {
      // SQLite rolls the whole transaction back by itself on a full disk or an I/O error.
      throw outcome.ok ? new DatabaseUnavailable('SQLITE_ABORT') : outcome.error
    }
    if (!outcome.ok) this.#statements.execute('ROLLBACK TO work')
    this.#statements.execute('RELEASE work')
    return { outcome, callbacks: tx.callbacks }
  }

  async #withinTime(result: Promise<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new DatabaseUnavailable('work held the write lock too long')), this.#limits.maxWorkMs)
    })
    try {
      return await Promise.race([result, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #rollBack(): void {
    if (!this.#statements.inTransaction) return
    try {
      this.#statements.execute('ROLLBACK')
    } catch {
      // The error that led here is the one to report.
    }
  }
}
