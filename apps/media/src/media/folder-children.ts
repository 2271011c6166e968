import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type Entry, type EntryKey, readEntries } from './entry.ts'
import { readActiveFolder } from './folder.ts'
import { seenFiles, seenFolders } from './sharing/visibility.ts'

/** What the principal may see in an active folder: folders first, then files, each by name. Null is the top of the tree. */
export async function folderChildren(sql: Sql, principal: Principal, folderId: string | null, page: PageRequest): Promise<Page<Entry>> {
  demand(principal, 'read')
  if (folderId !== null) await readActiveFolder(sql, principal, folderId)
  const inFolder = folderId === null ? { text: 'IS NULL', values: [] } : { text: '= ?', values: [folderId] }
  const [folders, files] = [seenFolders(principal), seenFiles(principal)]
  const after = page.cursor === undefined ? [0, '', ''] : decodeCursor(page.cursor, 3)
  const keys = await sql.all<EntryKey & { rank: number; nameKey: string }>(
    `SELECT entry_rank AS "rank", type, name_key AS nameKey, id FROM (
       SELECT 0 AS entry_rank, 'folder' AS type, name_key, id FROM folder
        WHERE tenant_id = ? AND parent_id ${inFolder.text} AND state = 'active' AND ${folders.text}
       UNION ALL
       SELECT 1, 'file', name_key, id FROM file
        WHERE tenant_id = ? AND folder_id ${inFolder.text} AND state = 'active' AND ${files.text}
     ) AS child
     WHERE (entry_rank, name_key, id) > (?, ?, ?) ORDER BY entry_rank, name_key, id LIMIT ?`,
    [
      ...[principal.tenantId, ...inFolder.values, ...folders.values],
      ...[principal.tenantId, ...inFolder.values, ...files.values],
      ...after,
      page.limit + 1,
    ],
  )
  const shown = keys.slice(0, page.limit)
  const last = shown.at(-1)
  const next = keys.length > page.limit && last !== undefined ? encodeCursor([last.rank, last.nameKey, last.id]) : null
  return { items: await readEntries(sql, shown), next }
}
