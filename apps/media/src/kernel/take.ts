import { inList } from './in-list.ts'
import type { Tx } from './tx.ts'

const atOnce = 256

/**
 * Takes rows until the transaction ends, so that what is read of them afterwards still holds at COMMIT. It is a write and not only a lock: on
 * another node of a cluster locks do not meet, but two writes of one row do, and the later transaction is repeated whole. Leaves out
 * what is not there. Transactions that take rows in different orders are repeated too, never stuck.
 */
export async function take({ sql }: Tx, table: 'file' | 'folder' | 'stored_blob' | 'user', ...ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += atOnce) {
    const { marks, values } = inList(ids.slice(from, from + atOnce))
    await sql.run(`UPDATE ${table} SET takes = takes + 1 WHERE id IN (${marks})`, values)
  }
}
