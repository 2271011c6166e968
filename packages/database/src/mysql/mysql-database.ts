import { setTimeout as delay } from 'node:timers/promises'
import { Nesting } from '../nesting.ts'
import { type Database, DatabaseUnavailable, type SqlTransaction } from '../sql.ts'
import { withinTime } from '../within-time.ts'
import { DatabaseClock } from './database-clock.ts'
import { parseMysqlUrl } from './mysql-address.ts'
import type { ConnectionLimits, ConnectionUse, MysqlConnection } from './mysql-connection.ts'
import { endsConnection, isConflict } from './mysql-errors.ts'
import { MysqlNodes } from './mysql-nodes.ts'
import { MysqlPool, type PoolLimits } from './mysql-pool.ts'
import { pooledSql } from './mysql-sql.ts'
import { MysqlTransaction } from './mysql-transaction.ts'

export { parseMysqlUrl } from './mysql-address.ts'

export interface MysqlOptions extends Partial<ConnectionLimits & PoolLimits> {
  /** Work that has not settled by then is rolled back: it holds locks. */
  readonly maxWorkMs?: number
  /** How long the work of a transaction is repeated when conflicts or lost connections undo it. */
  readonly repeatForMs?: number
  /** Stands in for the database's clock in tests. Milliseconds since 1970. */
  readonly clock?: () => number
}

/**
 * Opens a MySQL (8.4 or later) or MariaDB (10.6 or later) database at `mysql://user:password@host:port/database`; several nodes of a
 * cluster are tried in turn. Connects when it is first used. Each statement of a transaction sees what is committed by then (READ
 * COMMITTED): what was read may have changed when something is written, so writes compare and set.
 */
export function openMysql(urls: readonly string[], options: MysqlOptions = {}): Database {
  const { maxWorkMs = 30_000, repeatForMs = 10_000, maxConnections = 10, queueTimeoutMs = 10_000 } = options
  const { connectTimeoutMs = 2_000, statementTimeoutMs = 30_000, stallAfterMs = 2_000 } = options
  const nodes = new MysqlNodes(urls.map(parseMysqlUrl), { connectTimeoutMs, statementTimeoutMs, stallAfterMs })
  const openPool = (use: ConnectionUse) => new MysqlPool(() => nodes.connect(use), { maxConnections, queueTimeoutMs })
  const reading = openPool('read')
  const writing = openPool('write')
  const read = pooledSql(reading)
  const nesting = new Nesting()
  const serverClock = new DatabaseClock(async () => {
    const row = await read.get<{ now: number }>('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now')
    return Number(row?.now)
  })
  let isClosed = false

  const runOnce = async <Result>(connection: MysqlConnection, work: (tx: SqlTransaction) => Promise<Result>): Promise<Result> => {
    const tx = new MysqlTransaction(connection)
    try {
      const result = await withinTime(nesting.run(work, tx), maxWorkMs, () => new DatabaseUnavailable('WORK_TIMEOUT'))
      tx.end()
      if (tx.failure !== undefined) throw tx.failure
      if (tx.hasBegun) await commit(connection)
      for (const callback of tx.callbacks) queueMicrotask(callback)
      return result
    } catch (error) {
      tx.end()
      if (tx.hasBegun) await rollBack(connection)
      // What the work made of a lost transaction's error does not matter: the work is run again.
      throw tx.failure ?? error
    }
  }

  return {
    dialect: 'mysql',
    read,
    async transaction(work) {
      nesting.forbid()
      if (isClosed) throw new Error('the database is closed')
      const giveUpAt = performance.now() + repeatForMs
      for (let tries = 1; ; tries++) {
        try {
          return await writing.use((connection) => runOnce(connection, work))
        } catch (error) {
          if (performance.now() > giveUpAt || !isRepeatable(error)) throw error
        }
        await delay(Math.random() * Math.min(2 ** tries, 200))
      }
    },
    now: async () => options.clock?.() ?? serverClock.now(),
    async close() {
      isClosed = true
      await Promise.all([writing.close(), reading.close()])
    },
  }
}

/** Nothing of it was kept: it lost to another transaction, or its connection was lost before COMMIT was sent. */
const isRepeatable = (error: unknown) => isConflict(error) || endsConnection(error)

async function commit(connection: MysqlConnection): Promise<void> {
  try {
    await connection.execute('COMMIT')
  } catch (error) {
    if (isConflict(error)) throw error
    // Sent, and no answer came: kept or not, nobody knows.
    connection.destroy('COMMIT_UNKNOWN')
    throw new DatabaseUnavailable('COMMIT_UNKNOWN', { cause: error })
  }
}

async function rollBack(connection: MysqlConnection): Promise<void> {
  try {
    await connection.execute('ROLLBACK')
  } catch {
    // The server rolls back what a broken connection leaves.
    connection.destroy('CONNECTION_LOST')
  }
}
