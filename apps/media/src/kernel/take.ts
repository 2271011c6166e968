import { inBatches } from './in-batches.ts'
import type { Tx } from './tx.ts'

/**
 * Takes rows until the transaction ends, so that what is read of them afterwards still holds at COMMIT. It is a write and not only a lock: on
 * another node of a cluster locks do not meet, but two writes of one row do, and the later transaction is repeated whole. Leaves out
 * what is not there. Transactions that take rows in different orders are repeated too, never stuck.
 */
export async function take({ sql }: Tx, table: 'file' | 'folder' | 'stored_blob' | 'user', ...ids: readonly string[]): Promise<void> {
  await inBatches(ids, (marks, some) => sql.run(`UPDATE ${table} SET takes = takes + 1 WHERE id IN (${marks})`, some))
}
