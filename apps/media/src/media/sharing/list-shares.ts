import { decodeCursor, type Page, type PageRequest, toPage } from '../../kernel/page.ts'
import { demand, type Principal } from '../../kernel/principal.ts'
import type { Sql } from '../../kernel/tx.ts'
import type { EntryKey } from '../entry.ts'
import { getFile } from '../get-file.ts'
import { getFolder } from '../get-folder.ts'
import { demandOwnership, type Share, type ShareRow, shareColumns, toShare } from './share.ts'

/**
 * With whom an entry is shared, itself or by folders above: somebody may be named for each of these. To its owner alone.
 * Throws `entry.not_yours`, `request.cursor_invalid`.
 */
export async function listShares(sql: Sql, principal: Principal, entry: EntryKey, { limit, cursor }: PageRequest): Promise<Page<Share>> {
  demand(principal, 'read')
  const { ownerId, passing } = entry.type === 'file' ? await ownFile(sql, principal, entry.id) : await ownFolder(sql, principal, entry.id)
  const after = cursor === undefined ? ['', ''] : decodeCursor(cursor, 2)
  const rows = await sql.all<ShareRow>(
    `SELECT ${shareColumns} FROM entry_share
      WHERE entry_id IN (?, ?) AND owner_id = ? AND (user_id, from_id) > (?, ?) ORDER BY user_id, from_id LIMIT ?`,
    [entry.id, passing, ownerId, ...after.map(String), limit + 1],
  )
  return toPage(
    rows,
    limit,
    (row) => [row.user_id, row.from_id],
    (row) => toShare(row, entry.id),
  )
}

/** Who owns the entry, and the other entry whose shares are its own too. */
interface Own {
  readonly ownerId: string
  readonly passing: string
}

async function ownFile(sql: Sql, principal: Principal, id: string): Promise<Own> {
  const file = await getFile(sql, principal, id)
  demandOwnership(principal, file)
  const isHiddenByFolder = file.visibleTo !== null && !file.private
  return { ownerId: file.ownerId, passing: (isHiddenByFolder && file.folderId) || id }
}

async function ownFolder(sql: Sql, principal: Principal, id: string): Promise<Own> {
  const folder = await getFolder(sql, principal, id)
  demandOwnership(principal, folder)
  return { ownerId: folder.ownerId, passing: id }
}
