import { Failure } from '../../kernel/failure.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Sql } from '../../kernel/tx.ts'

/** That a user may see what is private to another, who owns it. */
export interface Share {
  readonly userId: string
  /** The folder above that is shared with them; null where the entry is shared itself. */
  readonly folderId: string | null
  /** Milliseconds since 1970. */
  readonly sharedAt: number
}

export interface ShareRow {
  readonly entry_id: string
  readonly user_id: string
  /** The entry that its owner shared: this one, or a folder above. */
  readonly from_id: string
  readonly owner_id: string
  readonly shared_at: number
}

export const shareColumns = 'entry_id, user_id, from_id, owner_id, shared_at'

export const toShare = (row: ShareRow, entryId: string): Share => ({
  userId: row.user_id,
  folderId: row.from_id === entryId ? null : row.from_id,
  sharedAt: row.shared_at,
})

/** Rows of one statement, at most. */
const mostRows = 64

export async function insertShares(sql: Pick<Sql, 'run'>, shares: readonly ShareRow[]): Promise<void> {
  for (let first = 0; first < shares.length; first += mostRows) {
    const rows = shares.slice(first, first + mostRows)
    await sql.run(
      `INSERT INTO entry_share (${shareColumns}) VALUES ${rows.map(() => '(?, ?, ?, ?, ?)').join(', ')}`,
      rows.flatMap((row) => [row.entry_id, row.user_id, row.from_id, row.owner_id, row.shared_at]),
    )
  }
}

/** Whom an entry is shared with is its owner's business alone. */
export function demandOwnership(principal: Principal, entry: { readonly ownerId: string }): void {
  if (entry.ownerId === principal.userId) return
  throw new Failure('forbidden', 'entry.not_yours', 'only the owner of an entry decides with whom it is shared, and knows')
}
