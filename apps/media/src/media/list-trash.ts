import { decodeCursor, encodeCursor, type Page, type PageRequest } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type Entry, type EntryKey, readEntries } from './entry.ts'
import { hidePlacesOfEntries } from './sharing/unseen-places.ts'
import { seenFiles, seenFolders } from './sharing/visibility.ts'

/** What was deleted and can still be regretted, or is being purged: one entry per deletion, a folder's tree being one. Newest first. */
export async function listTrash(sql: Sql, principal: Principal, page: PageRequest): Promise<Page<Entry>> {
  demand(principal, 'read')
  const [folders, files] = [seenFolders(principal), seenFiles(principal)]
  const before = page.cursor === undefined ? [Number.MAX_SAFE_INTEGER, ''] : decodeCursor(page.cursor, 2)
  const keys = await sql.all<EntryKey & { trashedAt: number }>(
    `SELECT type, id, trashed_at AS trashedAt FROM (
       SELECT 'folder' AS type, id, trashed_at FROM folder
        WHERE tenant_id = ? AND state = 'trashed' AND trash_root_id = id AND ${folders.text}
       UNION ALL
       SELECT 'file', id, trashed_at FROM file
        WHERE tenant_id = ? AND state IN ('trashed', 'purging') AND trash_root_id = id AND ${files.text}
     ) AS trashed
     WHERE (trashed_at, id) < (?, ?) ORDER BY trashed_at DESC, id DESC LIMIT ?`,
    [principal.tenantId, ...folders.values, principal.tenantId, ...files.values, ...before, page.limit + 1],
  )
  const shown = keys.slice(0, page.limit)
  const last = shown.at(-1)
  const next = keys.length > page.limit && last !== undefined ? encodeCursor([last.trashedAt, last.id]) : null
  return { items: await hidePlacesOfEntries(sql, principal, await readEntries(sql, shown)), next }
}
