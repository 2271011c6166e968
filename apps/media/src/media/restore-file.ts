import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { claimName } from './entry-name.ts'
import { changedFile, type File, goneFile, readFile } from './file.ts'
import { audience, privateOnReturn, refuseReader, takePlaceOrTop } from './folder.ts'
import { raiseListings } from './listing-version.ts'
import { noteChange } from './search/search-change.ts'

/**
 * T5: TRASHED -> ACTIVE, back in its folder, or at the top where that is no longer there. Throws `file.not_trashed`,
 * `file.purging` (too late, though not over), `file.gone`, `name.taken`.
 */
export async function restoreFile(tx: Tx, principal: Principal, fileId: string): Promise<File> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const file = await readFile(tx.sql, principal, fileId)
  refuseReader(principal, file)
  refuseUntrashed(file)
  const place = await takePlaceOrTop(tx, principal, file.folderId)
  const restored = { ...file, parentId: place.folderId, private: privateOnReturn(file, file.folderId, place) }
  const { changes } = await tx.sql.run(
    `UPDATE file SET state = 'active', folder_id = ?, is_private = ?, visible_to = ?, trashed_at = NULL, purge_at = NULL, trash_root_id = NULL,
                     purge_message_id = NULL, epoch = epoch + 1, updated_at = ?
      WHERE id = ? AND state = 'trashed'`,
    [place.folderId, restored.private ? 1 : 0, audience(place, restored), tx.now, fileId],
  )
  if (changes !== 1) throw changedFile()
  // Too late to cancel is no harm: the epoch tells a purge that is on its way.
  if (file.purgeMessageId !== null) await tx.outbox.cancel(file.purgeMessageId)
  raiseListings(tx, file.tenantId, place.folderId)
  await claimName(tx, restored)
  if (place.folderId !== file.folderId) await noteChange(tx, fileId)
  await recordAudit(tx, {
    tenantId: file.tenantId,
    actor: principal.userId,
    action: 'file.restored',
    subjectKind: 'file',
    subjectId: fileId,
  })
  return readFile(tx.sql, principal, fileId)
}

function refuseUntrashed(file: File): void {
  if (file.state === 'trashed') return
  if (file.state === 'active') throw new Failure('conflict', 'file.not_trashed', 'the file is not in the trash')
  if (file.state === 'purging' || file.state === 'erasing') {
    throw new Failure('conflict', 'file.purging', 'the file is being deleted for good: it is too late to restore it')
  }
  throw goneFile()
}
