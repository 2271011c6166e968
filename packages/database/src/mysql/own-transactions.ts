import { setTimeout as delay } from 'node:timers/promises'
import { runWhole } from '../deferred-writes.ts'
import { DatabaseUnavailable, type SqlTransaction } from '../sql.ts'
import { withinTime } from '../within-time.ts'
import type { MysqlConnection } from './mysql-connection.ts'
import { endsConnection, isConflict } from './mysql-errors.ts'
import type { MysqlPool } from './mysql-pool.ts'
import { MysqlTransaction } from './mysql-transaction.ts'

export interface OwnTransactionLimits {
  /** Work that has not settled by then is rolled back: it holds locks. */
  readonly maxWorkMs: number
  /** How long the work of a transaction is repeated when conflicts or lost connections undo it. */
  readonly repeatForMs: number
}

/** Runs a work in a transaction of its own, again and again while what undoes it is not its own doing. */
export type RunAlone = <Result>(work: (tx: SqlTransaction) => Promise<Result>) => Promise<Result>

export function ownTransactions(pool: MysqlPool, { maxWorkMs, repeatForMs }: OwnTransactionLimits): RunAlone {
  return async (work) => {
    const giveUpAt = performance.now() + repeatForMs
    for (let tries = 1; ; tries++) {
      try {
        return await pool.use((connection) => runOnce(connection, work, maxWorkMs))
      } catch (error) {
        if (performance.now() > giveUpAt || !isRepeatable(error)) throw error
      }
      await delay(Math.random() * Math.min(2 ** tries, 200))
    }
  }
}

/** Nothing of it was kept: it lost to another transaction, or its connection was lost before COMMIT was sent. */
const isRepeatable = (error: unknown) => isConflict(error) || endsConnection(error)

async function runOnce<Result>(
  connection: MysqlConnection,
  work: (tx: SqlTransaction) => Promise<Result>,
  maxWorkMs: number,
): Promise<Result> {
  const tx = new MysqlTransaction(connection)
  try {
    const result = await withinTime(runWhole(work, tx), maxWorkMs, () => new DatabaseUnavailable('WORK_TIMEOUT'))
    await tx.end()
    if (tx.failure !== undefined) throw tx.failure
    await connection.commit()
    for (const callback of tx.callbacks) queueMicrotask(callback)
    return result
  } catch (error) {
    await tx.end()
    await connection.rollBack()
    // What the work made of a lost transaction's error does not matter: the work is run again.
    throw tx.failure ?? error
  }
}
