import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { auditTree } from './audit-tree.ts'
import { claimName } from './entry-name.ts'
import { changedFolder, type Folder, goneFolder, privateOnReturn, readFolder, refuseReader, takePlaceOrTop } from './folder.ts'
import { readTree, settleTree, takeTree } from './folder-tree.ts'
import { raiseAllListings } from './listing-version.ts'

/**
 * T5 for a folder with all that its deletion took along, back where it was, or at the top where that is no longer there.
 * Throws `folder.not_trashed`, `folder.purging`, `folder.gone`, `folder.in_trashed_tree`, `name.taken`.
 */
export async function restoreFolder(tx: Tx, principal: Principal, folderId: string): Promise<Folder> {
  demand(principal, 'write')
  await take(tx, 'folder', folderId)
  const folder = await readFolder(tx.sql, principal, folderId)
  refuseReader(principal, folder)
  refuseUnrestorable(folder, tx.now)
  const place = await takePlaceOrTop(tx, principal, folder.parentId)
  const restored = {
    ...folder,
    state: 'active' as const,
    parentId: place.folderId,
    private: privateOnReturn(folder, folder.parentId, place),
  }
  await takeTree(tx, folder)
  await takeFilesOf(tx, folderId)
  const { changes } = await tx.sql.run(
    "UPDATE folder SET parent_id = ?, is_private = ?, purge_message_id = NULL WHERE id = ? AND state = 'trashed' AND epoch = ?",
    [place.folderId, restored.private ? 1 : 0, folderId, folder.epoch],
  )
  if (changes !== 1) throw changedFolder()
  raiseAllListings(tx, folder.tenantId)
  await auditTree(tx, { actor: principal.userId, verb: 'restored', tenantId: folder.tenantId, rootId: folderId })
  await claimNamesBelow(tx, folderId)
  await reactivate(tx, folderId)
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

/** What was being erased at this moment is erased first, and stays out: no name is claimed for it below. */
async function takeFilesOf(tx: Tx, rootId: string): Promise<void> {
  await tx.sql.run("UPDATE file SET takes = takes + 1 WHERE trash_root_id = ? AND state = 'trashed'", [rootId])
}

/** They cannot be taken: each folder was closed to newcomers since its names were released together. */
async function claimNamesBelow(tx: Tx, rootId: string): Promise<void> {
  for (const [table, parent] of [
    ['file', 'folder_id'],
    ['folder', 'parent_id'],
  ] as const) {
    await tx.sql.run(
      `INSERT INTO sibling_name (tenant_id, parent_id, audience, name_key, entry_id)
       SELECT tenant_id, ${parent}, CASE is_private WHEN 1 THEN owner_id ELSE '' END, name_key, id FROM ${table}
        WHERE trash_root_id = ? AND state = 'trashed' AND id <> ?`,
      [rootId, rootId],
    )
  }
}

async function reactivate(tx: Tx, rootId: string): Promise<void> {
  for (const table of ['file', 'folder']) {
    await tx.sql.run(
      `UPDATE ${table} SET state = 'active', trashed_at = NULL, purge_at = NULL, trash_root_id = NULL, epoch = epoch + 1, updated_at = ?
        WHERE trash_root_id = ? AND state = 'trashed'`,
      [tx.now, rootId],
    )
  }
}
