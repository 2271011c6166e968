import { AsyncResource } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DatabaseUnavailable, type SqlTransaction } from '../sql.ts'
import { withinTime } from '../within-time.ts'
import type { MysqlConnection } from './mysql-connection.ts'
import { isCommitUnknown } from './mysql-errors.ts'
import type { MysqlPool } from './mysql-pool.ts'
import { MysqlTransaction } from './mysql-transaction.ts'
import type { OwnTransactionLimits, RunAlone } from './own-transactions.ts'

export interface SharingLimits {
  /** Shared transactions that are open at once, each on a connection that is kept for them. */
  readonly sharedConnections: number
  /** Works in one transaction, at most. */
  readonly maxShared: number
  /** A transaction takes no further work after this long, so that nobody waits for a crowd. */
  readonly maxSharedMs: number
  /** A work that takes longer holds up the others: it gets a transaction of its own. */
  readonly maxSharedWorkMs: number
}

type Limits = SharingLimits & Pick<OwnTransactionLimits, 'maxWorkMs'>

type Work = (tx: SqlTransaction) => Promise<unknown>
type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

interface Caller {
  readonly work: Work
  readonly runAlone: () => Promise<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** A caller whose work has run, or is running, in a shared transaction. */
interface Member {
  readonly caller: Caller
  readonly tx: MysqlTransaction
  readonly running: Promise<Outcome>
  outcome?: Outcome
}

/**
 * Works that come at the same moment share a transaction, and its COMMIT. They run one after the other, and none hears its outcome
 * before the COMMIT. There are no savepoints: one that throws before it has written leaves nothing to undo. When one throws that has, or
 * takes too long, or when the server gives the transaction up or refuses its COMMIT, all is undone, and each is run again alone.
 */
export class SharedTransactions {
  readonly #pool: MysqlPool
  readonly #runAlone: RunAlone
  readonly #limits: Limits
  readonly #line: Caller[] = []
  /** What `close` waits for. */
  readonly #unsettled = new Set<Promise<unknown>>()
  #drains = 0
  /** How many may share now: one after a transaction that was undone, twice as many with each that is kept. */
  #maxMembers: number

  constructor(pool: MysqlPool, runAlone: RunAlone, limits: Limits) {
    this.#pool = pool
    this.#runAlone = runAlone
    this.#limits = limits
    this.#maxMembers = limits.maxShared
  }

  run<Result>(work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> {
    // Others than its caller drive it; it runs in its caller's async context all the same.
    const context = new AsyncResource('SharedTransaction')
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    this.#line.push({
      work: (tx) => context.runInAsyncScope(work, undefined, tx),
      runAlone: () => context.runInAsyncScope(() => this.#runAlone(work)),
      resolve: (value) => resolve(value as Result),
      reject,
    })
    const settled: Promise<unknown> = promise.catch(() => undefined).finally(() => this.#unsettled.delete(settled))
    this.#unsettled.add(settled)
    if (this.#drains < this.#limits.sharedConnections) void this.#drain()
    return promise
  }

  /** After what is in line, or was begun. */
  async close(): Promise<void> {
    await Promise.all(this.#unsettled)
    await this.#pool.close()
  }

  async #drain(): Promise<void> {
    this.#drains++
    while (this.#line.length > 0) {
      // Who is on the way in this turn of the event loop joins.
      await nextTurn()
      try {
        await this.#pool.use((connection) => this.#runShared(connection))
      } catch {
        // No connection can be had. Each asks for one of its own, and hears why there is none.
        for (const caller of this.#line.splice(0)) void settleAlone(caller)
      }
    }
    this.#drains--
  }

  async #runShared(connection: MysqlConnection): Promise<void> {
    const members: Member[] = []
    try {
      await this.#runMembers(connection, members)
      await writeDeferred(connection, members)
      await connection.commit()
    } catch (error) {
      this.#maxMembers = 1
      await connection.rollBack()
      for (const member of members) {
        if (isCommitUnknown(error)) member.caller.reject(error)
        else void this.#runAgain(member)
      }
      return
    }
    this.#maxMembers = Math.min(2 * this.#maxMembers, this.#limits.maxShared)
    for (const member of members) report(member)
  }

  async #runMembers(connection: MysqlConnection, members: Member[]): Promise<void> {
    const until = performance.now() + this.#limits.maxSharedMs
    while (members.length < this.#maxMembers && (members.length === 0 || performance.now() < until)) {
      const caller = this.#line.shift()
      if (caller === undefined) return
      const tx = new MysqlTransaction(connection)
      const member: Member = { caller, tx, running: outcomeOf(caller.work, tx) }
      members.push(member)
      await this.#awaitEnd(member)
    }
  }

  /** Throws where the transaction must not be committed. */
  async #awaitEnd(member: Member): Promise<void> {
    const { tx, running } = member
    const outcome = await endAfter(tx, withinTime(running, this.#limits.maxSharedWorkMs, late))
    if (tx.failure !== undefined) throw tx.failure
    if (!outcome.ok && tx.hasWritten) throw outcome.error
    member.outcome = outcome
  }

  async #runAgain({ caller, running }: Member): Promise<void> {
    try {
      // Not beside its first run, whose handle is closed.
      await withinTime(running, this.#limits.maxWorkMs, late)
    } catch (error) {
      caller.reject(error)
      return
    }
    await settleAlone(caller)
  }
}

async function endAfter<Result>(tx: MysqlTransaction, result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } finally {
    await tx.end()
  }
}

const late = () => new DatabaseUnavailable('WORK_TIMEOUT')

async function outcomeOf(work: Work, tx: SqlTransaction): Promise<Outcome> {
  try {
    return { ok: true, value: await work(tx) }
  } catch (error) {
    return { ok: false, error }
  }
}

async function writeDeferred(connection: MysqlConnection, members: readonly Member[]): Promise<void> {
  const tx = new MysqlTransaction(connection)
  for (const member of members) if (member.outcome?.ok) tx.deferred.addAll(member.tx.deferred)
  await endAfter(tx, tx.deferred.run(tx))
  if (tx.failure !== undefined) throw tx.failure
}

const settleAlone = (caller: Caller): Promise<void> => caller.runAlone().then(caller.resolve, caller.reject)

function report({ caller, tx, outcome }: Member): void {
  if (outcome === undefined) return
  if (!outcome.ok) {
    caller.reject(outcome.error)
    return
  }
  caller.resolve(outcome.value)
  // As microtasks: one that throws is the process's uncaught exception, and nobody else's trouble.
  for (const callback of tx.callbacks) queueMicrotask(callback)
}
