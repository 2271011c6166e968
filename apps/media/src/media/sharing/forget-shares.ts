import type { Tx } from '../../kernel/tx.ts'
import { raiseAllListings } from '../listing-version.ts'

/** With the end of a user: what was shared with them, and what they shared with others, who see it no more. */
export async function forgetShares(tx: Tx, tenantId: string, userId: string): Promise<void> {
  for (const column of ['user_id', 'owner_id']) await tx.sql.run(`DELETE FROM entry_share WHERE ${column} = ?`, [userId])
  raiseAllListings(tx, tenantId)
}
