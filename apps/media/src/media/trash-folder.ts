import { inBatches } from '../kernel/in-batches.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { auditTree } from './audit-tree.ts'
import { releaseName } from './entry-name.ts'
import { changedFolder, type Folder, readFolder, refuseReader } from './folder.ts'
import { takeTree } from './folder-tree.ts'
import { raiseAllListings } from './listing-version.ts'
import { purgeFolder } from './messages.ts'

/**
 * T4 for a folder and all that lies in it, as one deletion: restored together, purged together. What was in the trash before stays
 * there by itself. Undefined when the folder was deleted before.
 */
export async function trashFolder(
  deps: { readonly limits: { readonly purgeDelayMs: number } },
  tx: Tx,
  principal: Principal,
  folderId: string,
): Promise<Folder | undefined> {
  demand(principal, 'write')
  await take(tx, 'folder', folderId)
  const folder = await readFolder(tx.sql, principal, folderId)
  refuseReader(principal, folder)
  if (folder.state !== 'active') return undefined
  const purgeAt = tx.now + deps.limits.purgeDelayMs
  raiseAllListings(tx, folder.tenantId)
  await takeTree(tx, folder)
  await trashFolders(tx, folder, purgeAt)
  const folderIds = await foldersOf(tx, folder)
  await trashFilesIn(tx, folder, folderIds, purgeAt)
  await releaseNamesOf(tx, folder, folderIds)
  await auditTree(tx, { actor: principal.userId, verb: 'trashed', tenantId: folder.tenantId, rootId: folderId })
  return readFolder(tx.sql, principal, folderId)
}

const trashed = "state = 'trashed', trashed_at = ?, purge_at = ?, trash_root_id = ?, epoch = epoch + 1, updated_at = ?"

/** Level by level, so that a tree takes as many statements as it is deep: what is in one level tells what is in the next. */
async function trashFolders(tx: Tx, root: Folder, purgeAt: number): Promise<void> {
  const marks = [tx.now, purgeAt, root.id, tx.now]
  const messageId = await tx.outbox.dispatch(purgeFolder, { folderId: root.id, epoch: root.epoch + 1 }, { dueAt: purgeAt })
  let { changes } = await tx.sql.run(`UPDATE folder SET ${trashed}, purge_message_id = ? WHERE id = ? AND state = 'active' AND epoch = ?`, [
    ...marks,
    messageId,
    root.id,
    root.epoch,
  ])
  if (changes !== 1) throw changedFolder()
  for (let depth = root.depth; changes > 0; depth++) {
    // MySQL changes no table that a subquery reads, unless that is a derived table.
    const above = 'SELECT id FROM (SELECT id FROM folder WHERE trash_root_id = ? AND depth = ?) AS above'
    ;({ changes } = await tx.sql.run(`UPDATE folder SET ${trashed} WHERE tenant_id = ? AND state = 'active' AND parent_id IN (${above})`, [
      ...marks,
      root.tenantId,
      root.id,
      depth,
    ]))
  }
}

/** By their ids: what a subquery of an UPDATE names MariaDB looks for among all files of the tenant, and locks each that it looks at. */
async function foldersOf({ sql }: Tx, { id }: Folder): Promise<string[]> {
  return (await sql.all<{ id: string }>('SELECT id FROM folder WHERE trash_root_id = ?', [id])).map((folder) => folder.id)
}

async function trashFilesIn({ sql, now }: Tx, { id, tenantId }: Folder, folderIds: readonly string[], purgeAt: number): Promise<void> {
  await inBatches(folderIds, (marks, some) =>
    sql.run(`UPDATE file SET ${trashed} WHERE tenant_id = ? AND state = 'active' AND folder_id IN (${marks})`, [
      ...[now, purgeAt, id, now],
      tenantId,
      ...some,
    ]),
  )
}

async function releaseNamesOf(tx: Tx, { id, tenantId }: Folder, folderIds: readonly string[]): Promise<void> {
  await inBatches(folderIds, (marks, some) =>
    tx.sql.run(`DELETE FROM sibling_name WHERE tenant_id = ? AND parent_id IN (${marks})`, [tenantId, ...some]),
  )
  await releaseName(tx, id)
}
