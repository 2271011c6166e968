import { idsUntil } from '../kernel/ids.ts'
import type { InTransaction } from '../kernel/tx.ts'

export interface PruneRequests {
  readonly olderThanMs: number
  /** Rows at most, in one transaction. */
  readonly limit: number
}

/** Forgets old requests, the oldest first; what they changed stays in the audit. Answers how many: 0 when there is no more. */
export function pruneRequests(deps: { readonly inTransaction: InTransaction }, { olderThanMs, limit }: PruneRequests): Promise<number> {
  return deps.inTransaction(async ({ sql, now }) => {
    const text = 'SELECT id FROM request WHERE id < ? ORDER BY id LIMIT ?'
    const last = (await sql.all<{ id: string }>(text, [idsUntil(now - olderThanMs), limit])).at(-1)
    if (last === undefined) return 0
    const { changes } = await sql.run('DELETE FROM request WHERE id <= ?', [last.id])
    return changes
  })
}
