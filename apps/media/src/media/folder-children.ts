import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type Entry, type EntryKey, readEntries } from './entry.ts'
import { readActiveFolder } from './folder.ts'
import { type Condition, seenFiles, seenFolders } from './sharing/visibility.ts'

/** What the principal may see in an active folder: folders first, then files, each by name. Null is the top of the tree. */
export async function folderChildren(sql: Sql, principal: Principal, folderId: string | null, page: PageRequest): Promise<Page<Entry>> {
  demand(principal, 'read')
  if (folderId !== null) await readActiveFolder(sql, principal, folderId)
  const inFolder = folderId === null ? { text: 'IS NULL', values: [] } : { text: '= ?', values: [folderId] }
  const [folders, files] = [seenFolders(principal), seenFiles(principal)]
  const after = page.cursor === undefined ? [0, '', ''] : decodeCursor(page.cursor, 3)
  const [furtherFolders, furtherFiles] = [beyond(0, after), beyond(1, after)]
  const most = page.limit + 1
  // Each kind is read in its order, as far as this page goes: what MySQL is asked of both at once it answers by sorting the whole folder.
  const keys = await sql.all<EntryKey & { rank: number; nameKey: string }>(
    `SELECT entry_rank AS "rank", type, name_key AS nameKey, id FROM (
       SELECT * FROM (
         SELECT 0 AS entry_rank, 'folder' AS type, name_key, id FROM folder
          WHERE tenant_id = ? AND parent_id ${inFolder.text} AND state = 'active' AND ${furtherFolders.text} AND ${folders.text}
          ORDER BY name_key, id LIMIT ?
       ) AS child_folder
       UNION ALL
       SELECT * FROM (
         SELECT 1 AS entry_rank, 'file' AS type, name_key, id FROM file
          WHERE tenant_id = ? AND folder_id ${inFolder.text} AND state = 'active' AND ${furtherFiles.text} AND ${files.text}
          ORDER BY name_key, id LIMIT ?
       ) AS child_file
     ) AS child
     ORDER BY entry_rank, name_key, id LIMIT ?`,
    [
      ...[principal.tenantId, ...inFolder.values, ...furtherFolders.values, ...folders.values, most],
      ...[principal.tenantId, ...inFolder.values, ...furtherFiles.values, ...files.values, most],
      most,
    ],
  )
  const shown = keys.slice(0, page.limit)
  const last = shown.at(-1)
  const next = keys.length > page.limit && last !== undefined ? encodeCursor([last.rank, last.nameKey, last.id]) : null
  return { items: await readEntries(sql, shown), next }
}

/** What of one rank comes after the last entry of the page before. */
function beyond(rank: number, [lastRank = 0, nameKey = '', id = '']: readonly (string | number)[]): Condition {
  if (rank !== lastRank) return { text: rank > Number(lastRank) ? '1 = 1' : '1 = 0', values: [] }
  return { text: 'name_key >= ? AND (name_key > ? OR id > ?)', values: [nameKey, nameKey, id] }
}
