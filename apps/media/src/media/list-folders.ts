import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type Folder, type FolderRow, folderColumns, toFolder } from './folder.ts'
import { hidePlacesOfFolders } from './sharing/unseen-places.ts'
import { seenFolders } from './sharing/visibility.ts'

/** The active folders that the principal may see, by name; those of one parent (null is the top) where `parentId` is given. */
export async function listFolders(
  sql: Sql,
  principal: Principal,
  filter: { readonly parentId?: string | null | undefined },
  page: PageRequest,
): Promise<Page<Folder>> {
  demand(principal, 'read')
  const [afterKey = '', afterId = ''] = page.cursor === undefined ? [] : decodeCursor(page.cursor, 2)
  const seen = seenFolders(principal)
  const parent = parentCondition(filter.parentId)
  const rows = await sql.all<FolderRow & { name_key: string }>(
    `SELECT ${folderColumns}, name_key FROM folder
      WHERE tenant_id = ? AND state = 'active' AND ${seen.text} AND (name_key, id) > (?, ?) ${parent.text}
      ORDER BY name_key, id LIMIT ?`,
    [principal.tenantId, ...seen.values, afterKey, afterId, ...parent.values, page.limit + 1],
  )
  const { items, next } = toPage(rows, page.limit, (row) => [row.name_key, row.id], toFolder)
  return { items: await hidePlacesOfFolders(sql, principal, items), next }
}

function parentCondition(parentId: string | null | undefined): { readonly text: string; readonly values: string[] } {
  if (parentId === undefined) return { text: '', values: [] }
  return parentId === null ? { text: 'AND parent_id IS NULL', values: [] } : { text: 'AND parent_id = ?', values: [parentId] }
}
