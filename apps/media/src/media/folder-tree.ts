import { Failure } from '../kernel/failure.ts'
import { take } from '../kernel/take.ts'
import type { Sql, Tx } from '../kernel/tx.ts'
import { refuseDeeper } from './create-folder.ts'
import { audience, type Folder, type FolderRow, folderColumns, hidesAnothers, type Place, toFolder } from './folder.ts'
import { settleShares } from './sharing/settle-shares.ts'

/** The folder and those below it that are not purged, parents first. */
export async function readTree(sql: Sql, folder: Folder): Promise<Folder[]> {
  // CROSS, with which SQLite goes from each folder to those in it, and not through all folders of the tenant again for each level.
  const rows = await sql.all<FolderRow>(
    `WITH RECURSIVE below (below_id) AS (
       SELECT id FROM folder WHERE tenant_id = ? AND parent_id = ? AND state IN ('active', 'trashed')
       UNION ALL
       SELECT id FROM below CROSS JOIN folder ON parent_id = below_id WHERE tenant_id = ? AND state IN ('active', 'trashed')
     )
     SELECT ${folderColumns} FROM below CROSS JOIN folder ON id = below_id ORDER BY depth`,
    [folder.tenantId, folder.id, folder.tenantId],
  )
  return [folder, ...rows.map(toFolder)]
}

/** The same, each of them taken: nothing is put into them or moved out until the transaction ends. The folder itself was taken before. */
export async function takeTree(tx: Tx, folder: Folder): Promise<Folder[]> {
  const taken = new Set([folder.id])
  for (;;) {
    const tree = await readTree(tx.sql, folder)
    const more = tree.map(({ id }) => id).filter((id) => !taken.has(id))
    if (more.length === 0) return tree
    await take(tx, 'folder', ...more)
    for (const id of more) taken.add(id)
  }
}

/** Throws `folder.cycle` when `targetId` is the folder itself or lies below it. */
export async function refuseCycle(sql: Sql, folderId: string, targetId: string | null): Promise<void> {
  for (let at = targetId; at !== null; ) {
    if (at === folderId) throw new Failure('conflict', 'folder.cycle', 'a folder cannot be moved into itself or below itself')
    const above: { parent_id: string | null } | undefined = await sql.get('SELECT parent_id FROM folder WHERE id = ?', [at])
    at = above?.parent_id ?? null
  }
}

/**
 * Writes what follows from where a folder stands, for it and all that lies below it, in the trash too: depth, who may see it, and with whom it
 * is shared by that.
 * `tree` as `readTree` gives it, with the folder's own new privacy: what stays as it was is not written. Throws `folder.too_deep`.
 */
export async function settleTree(tx: Tx, tree: readonly Folder[], place: Place): Promise<void> {
  const places = new Map<string, Place>()
  for (const folder of tree) {
    const { depth, visibleTo: above } = places.get(folder.parentId ?? '') ?? place
    if (folder.state === 'active') refuseDeeper(depth)
    const visibleTo = audience({ visibleTo: above }, folder)
    places.set(folder.id, { folderId: folder.id, visibleTo, depth: depth + 1 })
    if (depth !== folder.depth || visibleTo !== folder.visibleTo) {
      await tx.sql.run('UPDATE folder SET depth = ?, visible_to = ? WHERE id = ?', [depth, visibleTo, folder.id])
    }
    if ((visibleTo === null) !== (folder.visibleTo === null)) await settleFiles(tx, folder, visibleTo)
  }
  await settleShares(tx, tree, ({ parentId }) => places.get(parentId ?? '') ?? place)
}

/** Throws `entry.not_yours` where hiding the tree would hide an active entry of anybody but `ownerId` that all can see now. */
export async function refuseHidingAnothers(sql: Sql, tree: readonly Folder[], ownerId: string): Promise<void> {
  for (const folder of tree) {
    if (folder.state === 'active' && folder.visibleTo === null && folder.ownerId !== ownerId) throw hidesAnothers()
    const file = await sql.get(
      "SELECT 1 FROM file WHERE tenant_id = ? AND folder_id = ? AND state = 'active' AND visible_to IS NULL AND owner_id <> ? LIMIT 1",
      [folder.tenantId, folder.id, ownerId],
    )
    if (file !== undefined) throw hidesAnothers()
  }
}

/** As `audience` has it, for all files of a folder at once. */
async function settleFiles(tx: Tx, folder: Folder, visibleTo: string | null): Promise<void> {
  await tx.sql.run(
    `UPDATE file SET visible_to = CASE WHEN is_private = 1 OR ? = 1 THEN owner_id END
      WHERE tenant_id = ? AND folder_id = ? AND state IN ('active', 'trashed')`,
    [visibleTo === null ? 0 : 1, folder.tenantId, folder.id],
  )
}
