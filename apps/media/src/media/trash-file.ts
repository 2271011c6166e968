import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { releaseName } from './entry-name.ts'
import { changedFile, type File, readFile } from './file.ts'
import { refuseReader } from './folder.ts'
import { raiseListings } from './listing-version.ts'
import { purgeFile } from './messages.ts'

/** T4: ACTIVE -> TRASHED, the purge due after the grace. Undefined when it was deleted before: a repeat changes nothing. */
export async function trashFile(
  deps: { readonly limits: { readonly purgeDelayMs: number } },
  tx: Tx,
  principal: Principal,
  fileId: string,
): Promise<File | undefined> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const file = await readFile(tx.sql, principal, fileId)
  refuseReader(principal, file)
  if (file.state !== 'active') return undefined
  const epoch = file.epoch + 1
  const purgeAt = tx.now + deps.limits.purgeDelayMs
  const messageId = await tx.outbox.dispatch(purgeFile, { fileId, epoch }, { dueAt: purgeAt })
  const { changes } = await tx.sql.run(
    `UPDATE file SET state = 'trashed', trashed_at = ?, purge_at = ?, trash_root_id = id, purge_message_id = ?, epoch = ?, updated_at = ?
      WHERE id = ? AND state = 'active'`,
    [tx.now, purgeAt, messageId, epoch, tx.now, fileId],
  )
  if (changes !== 1) throw changedFile()
  raiseListings(tx, file.tenantId, file.folderId)
  await releaseName(tx, fileId)
  await recordAudit(tx, {
    tenantId: file.tenantId,
    actor: principal.userId,
    action: 'file.trashed',
    subjectKind: 'file',
    subjectId: fileId,
    detail: { purgeAt },
  })
  return readFile(tx.sql, principal, fileId)
}
