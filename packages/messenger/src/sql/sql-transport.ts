import { fileURLToPath } from 'node:url'
import type { Database, SqlTransaction } from '../database.ts'
import { MessengerError } from '../messenger-error.ts'
import type { Transport } from '../transport.ts'
import { deliveries } from './deliveries.ts'
import { messageReads } from './message-reads.ts'
import { messageWrites } from './message-writes.ts'

export type { Database, Sql, SqlTransaction, SqlValue } from '../database.ts'

/** The folder with the migrations of the tables `message` and `message_attempt`, one file per engine: `0001-message.sqlite.sql`. */
export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

const dialects = ['sqlite', 'mysql']

/** Messages in the caller's own database: dispatches join its transactions, and workers take due rows without a broker between. */
export function sqlTransport(database: Database): Transport<SqlTransaction> {
  if (!dialects.includes(database.dialect)) {
    const known = dialects.join(', ')
    throw new MessengerError('messenger.misconfigured', `the SQL transport speaks ${known}, not ${database.dialect}`)
  }
  return {
    name: `sql (${database.dialect})`,
    capabilities: new Set(['durable', 'shared', 'ordered']),
    now: () => database.now(),
    transaction: (work) => database.transaction(work),
    writes: messageWrites,
    deliveries: deliveries(database),
    reads: messageReads(database.read),
  }
}
