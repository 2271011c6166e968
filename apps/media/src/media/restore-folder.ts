import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { claimName } from './entry-name.ts'
import { changedFolder, type Folder, goneFolder, privateOnReturn, readFolder, readPlaceOrTop } from './folder.ts'
import { readTree, settleTree } from './folder-tree.ts'
import { auditLevel } from './trash-folder.ts'

/**
 * T5 for a folder with all that its deletion took along, back where it was, or at the top where that is no longer there.
 * Throws `folder.not_trashed`, `folder.purging`, `folder.gone`, `folder.in_trashed_tree`, `name.taken`.
 */
export async function restoreFolder(tx: Tx, principal: Principal, folderId: string): Promise<Folder> {
  demand(principal, 'write')
  const folder = await readFolder(tx.sql, principal, folderId)
  refuseUnrestorable(folder, tx.now)
  const place = await readPlaceOrTop(tx.sql, principal, folder.parentId)
  const restored = {
    ...folder,
    state: 'active' as const,
    parentId: place.folderId,
    private: privateOnReturn(folder, folder.parentId, place),
  }
  const tree = await readTree(tx.sql, folder)
  const levels = tree.filter(({ trashRootId }) => trashRootId === folderId).map(({ id }) => ({ id, rootId: folderId }))
  const { changes } = await tx.sql.run(
    "UPDATE folder SET parent_id = ?, is_private = ?, purge_message_id = NULL WHERE id = ? AND state = 'trashed' AND epoch = ?",
    [place.folderId, restored.private ? 1 : 0, folderId, folder.epoch],
  )
  if (changes !== 1) throw changedFolder()
  for (const level of levels) await restoreLevel(tx, principal, level)
  for (const { id } of levels) await claimNamesOfChildren(tx, id)
  await settleTree(tx, await readTree(tx.sql, restored), place)
  await claimName(tx, restored)
  if (folder.purgeMessageId !== null) await tx.outbox.cancel(folder.purgeMessageId)
  return readFolder(tx.sql, principal, folderId)
}

/** The grace of a whole tree ends at once: its purge may have taken files already, so a late restore would bring back half a tree. */
function refuseUnrestorable(folder: Folder, now: number): void {
  if (folder.state === 'active') throw new Failure('conflict', 'folder.not_trashed', 'the folder is not in the trash')
  if (folder.state === 'purged') throw goneFolder()
  if (folder.trashRootId !== folder.id) {
    throw new Failure('conflict', 'folder.in_trashed_tree', 'a folder above was deleted with this one in it: restore that one', {
      extra: { restore: folder.trashRootId },
    })
  }
  if (folder.purgeAt !== null && folder.purgeAt <= now) {
    throw new Failure('conflict', 'folder.purging', 'the grace is over and the folder is being deleted for good')
  }
}

async function restoreLevel(tx: Tx, principal: Principal, level: { readonly id: string; readonly rootId: string }): Promise<void> {
  const { id, rootId } = level
  await auditLevel(tx, principal.userId, 'restored', level)
  const clear = 'trashed_at = NULL, purge_at = NULL, trash_root_id = NULL, epoch = epoch + 1, updated_at = ?'
  await tx.sql.run(`UPDATE folder SET state = 'active', ${clear} WHERE id = ? AND state = 'trashed'`, [tx.now, id])
  await tx.sql.run(`UPDATE file SET state = 'active', ${clear} WHERE folder_id = ? AND trash_root_id = ? AND state = 'trashed'`, [
    tx.now,
    id,
    rootId,
  ])
}

/** They cannot be taken: the folder was closed to newcomers since its names were released together. */
async function claimNamesOfChildren(tx: Tx, folderId: string): Promise<void> {
  for (const [table, parent] of [
    ['file', 'folder_id'],
    ['folder', 'parent_id'],
  ] as const) {
    await tx.sql.run(
      `INSERT INTO sibling_name (tenant_id, parent_id, audience, name_key, entry_id)
       SELECT tenant_id, ${parent}, CASE is_private WHEN 1 THEN owner_id ELSE '' END, name_key, id FROM ${table}
        WHERE ${parent} = ? AND state = 'active'`,
      [folderId],
    )
  }
}
