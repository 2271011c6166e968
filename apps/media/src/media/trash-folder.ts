import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { logTransition } from '../operations/audit.ts'
import { releaseName } from './entry-name.ts'
import { changedFolder, type Folder, readFolder } from './folder.ts'
import { readTree } from './folder-tree.ts'
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
  const folder = await readFolder(tx.sql, principal, folderId)
  if (folder.state !== 'active') return undefined
  const purgeAt = tx.now + deps.limits.purgeDelayMs
  const messageId = await tx.outbox.dispatch(purgeFolder, { folderId, epoch: folder.epoch + 1 }, { dueAt: purgeAt })
  const { changes } = await tx.sql.run("UPDATE folder SET purge_message_id = ? WHERE id = ? AND state = 'active' AND epoch = ?", [
    messageId,
    folderId,
    folder.epoch,
  ])
  if (changes !== 1) throw changedFolder()
  const tree = await readTree(tx.sql, folder)
  for (const { id, state } of tree) if (state === 'active') await trashLevel(tx, principal, { id, rootId: folderId, purgeAt })
  await releaseName(tx, folderId)
  return readFolder(tx.sql, principal, folderId)
}

async function trashLevel(tx: Tx, principal: Principal, level: { id: string; rootId: string; purgeAt: number }): Promise<void> {
  const { id, rootId, purgeAt } = level
  const marks = [tx.now, purgeAt, rootId, tx.now]
  const set = "state = 'trashed', trashed_at = ?, purge_at = ?, trash_root_id = ?, epoch = epoch + 1, updated_at = ?"
  await tx.sql.run(`UPDATE folder SET ${set} WHERE id = ? AND state = 'active'`, [...marks, id])
  await tx.sql.run(`UPDATE file SET ${set} WHERE folder_id = ? AND state = 'active'`, [...marks, id])
  await tx.sql.run('DELETE FROM sibling_name WHERE tenant_id = ? AND parent_id = ?', [principal.tenantId, id])
  await auditLevel(tx, principal.userId, 'trashed', level)
}

/** One audit row for the folder and one for each of its files that this deletion moved, or its undoing is about to. */
export async function auditLevel(
  tx: Tx,
  actor: string,
  verb: string,
  level: { readonly id: string; readonly rootId: string },
): Promise<void> {
  const insert = 'INSERT INTO audit (tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail) SELECT tenant_id, ?, ?'
  const detail = JSON.stringify({ folderTree: level.rootId })
  await tx.sql.run(`${insert}, ?, 'folder', id, ?, ? FROM folder WHERE id = ?`, [
    ...[tx.now, actor, `folder.${verb}`],
    ...[tx.correlationId, detail, level.id],
  ])
  await tx.sql.run(`${insert}, ?, 'file', id, ?, ? FROM file WHERE folder_id = ? AND trash_root_id = ? AND state = 'trashed'`, [
    ...[tx.now, actor, `file.${verb}`],
    ...[tx.correlationId, detail, level.id, level.rootId],
  ])
  logTransition(tx, { action: `folder.${verb}`, actor, subjectKind: 'folder', subjectId: level.id })
}
