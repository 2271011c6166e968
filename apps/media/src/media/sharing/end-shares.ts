import { inBatches } from '../../kernel/in-batches.ts'
import type { Tx } from '../../kernel/tx.ts'

/** With the end of entries that nothing brings back: with whom they were shared is known no more. */
export async function endShares({ sql }: Pick<Tx, 'sql'>, entryIds: readonly string[]): Promise<void> {
  await inBatches(entryIds, (marks, some) => sql.run(`DELETE FROM entry_share WHERE entry_id IN (${marks})`, some))
}
