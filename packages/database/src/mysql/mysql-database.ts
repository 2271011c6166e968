import { Nesting } from '../nesting.ts'
import type { Database, SqlTransaction } from '../sql.ts'
import { DatabaseClock } from './database-clock.ts'
import { parseMysqlUrl } from './mysql-address.ts'
import type { ConnectionLimits, ConnectionUse } from './mysql-connection.ts'
import { MysqlNodes } from './mysql-nodes.ts'
import { MysqlPool, type PoolLimits } from './mysql-pool.ts'
import { pooledSql, sqlOf } from './mysql-sql.ts'
import { type OwnTransactionLimits, ownTransactions } from './own-transactions.ts'
import { SharedTransactions, type SharingLimits } from './shared-transactions.ts'

export { parseMysqlUrl } from './mysql-address.ts'

export interface MysqlOptions extends Partial<ConnectionLimits & PoolLimits & OwnTransactionLimits & SharingLimits> {
  /** Stands in for the database's clock in tests. Milliseconds since 1970. */
  readonly clock?: () => number
}

/**
 * Opens a MySQL (8.4 or later) or MariaDB (10.6 or later) database at `mysql://user:password@host:port/database`; several nodes of a
 * cluster are tried in turn. With `?ssl-ca=PATH` by TLS. Throws where an address is wrong. Connects when it is first used. Each statement of a transaction sees what is committed by then (READ
 * COMMITTED): what was read may have changed when something is written, so writes compare and set.
 */
export function openMysql(urls: readonly string[], options: MysqlOptions = {}): Database {
  const { maxWorkMs = 30_000, repeatForMs = 10_000, maxConnections = 10, queueTimeoutMs = 10_000 } = options
  const { connectTimeoutMs = 2_000, statementTimeoutMs = 30_000, stallAfterMs = 2_000 } = options
  const { maxShared = 64, maxSharedMs = 20, maxSharedWorkMs = 500, sharedConnections = 2 } = options
  const nodes = new MysqlNodes(urls.map(parseMysqlUrl), { connectTimeoutMs, statementTimeoutMs, stallAfterMs })
  const openPool = (use: ConnectionUse, most = maxConnections) =>
    new MysqlPool(() => nodes.connect(use), { maxConnections: most, queueTimeoutMs })
  const reading = openPool('read')
  const writing = openPool('write')
  const read = pooledSql(reading)
  const nesting = new Nesting()
  const serverClock = new DatabaseClock(async () => {
    const row = await read.get<{ now: number }>('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now')
    return Number(row?.now)
  })
  let isClosed = false

  const runAlone = ownTransactions(writing, { maxWorkMs, repeatForMs })
  const sharing = new SharedTransactions(openPool('share', sharedConnections), runAlone, {
    maxShared,
    maxSharedMs,
    maxSharedWorkMs,
    maxWorkMs,
    sharedConnections,
  })

  return {
    dialect: 'mysql',
    read,
    async transaction(work, { shared = false } = {}) {
      nesting.forbid()
      if (isClosed) throw new Error('the database is closed')
      const inside = (tx: SqlTransaction) => nesting.run(work, tx)
      return shared ? sharing.run(inside) : runAlone(inside)
    },
    async snapshot(work) {
      const connection = await nodes.connect('snapshot')
      try {
        return await work(sqlOf((text, values) => connection.execute(text, values)))
      } finally {
        await connection.end()
      }
    },
    now: async () => options.clock?.() ?? serverClock.now(),
    async close() {
      isClosed = true
      await sharing.close()
      await Promise.all([writing.close(), reading.close()])
    },
  }
}
