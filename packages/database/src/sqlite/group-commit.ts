import { AsyncResource } from 'node:async_hooks'
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { runWhole } from '../deferred-writes.ts'
import { DatabaseUnavailable, type SqlTransaction } from '../sql.ts'
import { withinTime } from '../within-time.ts'
import { OpenTransaction } from './open-transaction.ts'
import type { Statements } from './statements.ts'

export interface GroupCommitLimits {
  /** How long a group waits for another process's write lock. Who has waited as long then hears `DatabaseUnavailable`. */
  readonly busyTimeoutMs: number
  /** Callers whose work shares one commit, at most. */
  readonly maxGroup: number
  /** A group waits no longer than this for others, and takes no further work after as long again, so that nobody waits for a crowd. */
  readonly maxGroupMs: number
  /** Work that has not settled by then is rolled back alone: it holds the only write lock. */
  readonly maxWorkMs: number
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

interface Caller {
  readonly work: (tx: SqlTransaction) => Promise<unknown>
  readonly settle: (outcome: Outcome) => void
}

/** A caller whose work has run, or is running, in the open group. */
interface Member {
  readonly caller: Caller
  outcome?: Outcome
  callbacks: readonly (() => void)[]
}

/** Of the event loop, without anybody new: by then a group waits for nobody. */
const quietTurns = 4

/** Between two looks at another process's write lock. */
const maxWaitMs = 16

/**
 * One writer for many callers. Each caller's work runs alone, in the order it came, inside a savepoint of a shared transaction; one
 * fsync makes them all durable, and only then does any of them hear its outcome. A work that throws is undone alone. A commit
 * that fails fails the whole group.
 */
export class GroupCommit {
  readonly #statements: Statements
  readonly #limits: GroupCommitLimits
  readonly #waiting: Caller[] = []
  #draining: Promise<void> | undefined

  constructor(statements: Statements, limits: GroupCommitLimits) {
    this.#statements = statements
    this.#limits = limits
  }

  run<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> {
    // The group is driven by whoever came first; each work still runs in its own caller's async context.
    // (AsyncLocalStorage.snapshot would do the same, fifty times as slow.)
    const context = new AsyncResource('GroupCommit')
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome) => (outcome.ok ? resolve(outcome.value as Result) : reject(outcome.error))
      this.#waiting.push({ work: (tx) => context.runInAsyncScope(work, undefined, tx), settle })
      this.#draining ??= this.#drain()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#draining
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather()
      await this.#commitGroup()
    }
    this.#draining = undefined
  }

  /** Lets those join that arrived during the last fsync: until a few turns of the event loop in a row have brought nobody. */
  async #gather(): Promise<void> {
    const until = performance.now() + this.#limits.maxGroupMs
    for (let quiet = 0; quiet < quietTurns && performance.now() < until; ) {
      const inLine = this.#waiting.length
      await nextTurn()
      quiet = this.#waiting.length > inLine ? 0 : quiet + 1
    }
  }

  async #commitGroup(): Promise<void> {
    const inLine = this.#waiting.length
    const group: Member[] = []
    try {
      await this.#begin()
    } catch (error) {
      for (const caller of this.#waiting.splice(0, inLine)) caller.settle({ ok: false, error })
      return
    }
    try {
      await this.#runGroup(group)
      this.#statements.execute('COMMIT')
    } catch (error) {
      this.#rollBack()
      for (const { caller } of group) caller.settle({ ok: false, error })
      return
    }
    for (const member of group) report(member)
  }

  async #begin(): Promise<void> {
    const giveUpAt = performance.now() + this.#limits.busyTimeoutMs
    for (let waitMs = 1; ; waitMs = Math.min(2 * waitMs, maxWaitMs)) {
      try {
        return this.#statements.execute('BEGIN IMMEDIATE')
      } catch (error) {
        const isBusy = error instanceof DatabaseUnavailable && error.reason === 'SQLITE_BUSY'
        if (!isBusy || performance.now() > giveUpAt) throw error
      }
      await delay(waitMs)
    }
  }

  async #runGroup(group: Member[]): Promise<void> {
    const until = performance.now() + this.#limits.maxGroupMs
    while (group.length < this.#limits.maxGroup && (group.length === 0 || performance.now() < until)) {
      const caller = this.#waiting.shift()
      if (caller === undefined) return
      const member: Member = { caller, callbacks: [] }
      group.push(member)
      await this.#runAlone(member)
    }
  }

  async #runAlone(member: Member): Promise<void> {
    const tx = new OpenTransaction(this.#statements)
    this.#statements.execute('SAVEPOINT work')
    const outcome = await this.#outcomeOf(member.caller.work, tx)
    tx.end()
    if (!this.#statements.inTransaction) {
      // SQLite rolls the whole transaction back by itself on a full disk or an I/O error.
      throw outcome.ok ? new DatabaseUnavailable('SQLITE_ABORT') : outcome.error
    }
    if (!outcome.ok) this.#statements.execute('ROLLBACK TO work')
    this.#statements.execute('RELEASE work')
    member.outcome = outcome
    member.callbacks = tx.callbacks
  }

  async #outcomeOf(work: Caller['work'], tx: OpenTransaction): Promise<Outcome> {
    try {
      const late = () => new DatabaseUnavailable('work held the write lock too long')
      return { ok: true, value: await withinTime(runWhole(work, tx), this.#limits.maxWorkMs, late) }
    } catch (error) {
      return { ok: false, error }
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

function report({ caller, outcome, callbacks }: Member): void {
  if (outcome === undefined) return
  caller.settle(outcome)
  // As microtasks: one that throws is the process's uncaught exception, and nobody else's trouble.
  if (outcome.ok) for (const callback of callbacks) queueMicrotask(callback)
}
