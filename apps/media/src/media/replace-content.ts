import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { makeBlobLive } from './blob-state.ts'
import { endReservation } from './discard-reservations.ts'
import { changedFile, type File, readActiveFile, readFile } from './file.ts'
import { refuseReader } from './folder.ts'
import type { MediaLimits } from './limits.ts'
import { raiseListings } from './listing-version.ts'
import { dropVersion } from './messages.ts'
import { demandRoom } from './quota.ts'
import { type ReceivedUpload, superseded } from './receive-upload.ts'
import { forgetText } from './search/search-document.ts'
import { addPicture } from './thumbnails/picture.ts'

/**
 * T3 for new bytes of a file that is there. The bytes before are kept as a version for as long as a deletion can be regretted.
 * `ifSha256`: the caller replaces these bytes and no others, else `file.precondition_failed`.
 */
export async function replaceContent(
  deps: { readonly limits: Pick<MediaLimits, 'tenantQuotaBytes' | 'purgeDelayMs'> },
  tx: Tx,
  principal: Principal,
  fileId: string,
  received: ReceivedUpload,
  ifSha256?: string,
): Promise<File> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const file = await readActiveFile(tx.sql, principal, fileId)
  refuseReader(principal, file)
  if (ifSha256 !== undefined && ifSha256 !== file.sha256) {
    throw new Failure('precondition_failed', 'file.precondition_failed', 'the file holds other bytes than the ones to be replaced')
  }
  await adoptBlob(tx, received)
  const { changes } = await tx.sql.run(
    `UPDATE file SET blob_id = ?, media_type = ?, kind = ?, size = ?, sha256 = ?, version = version + 1, updated_at = ?,
                     content_changed_at = ?, width = NULL, height = NULL, colour = NULL
      WHERE id = ? AND state = 'active' AND version = ?`,
    [received.blobId, received.mediaType, received.kind, received.size, received.sha256, tx.now, tx.now, fileId, file.version],
  )
  if (changes !== 1) throw changedFile()
  raiseListings(tx, file.tenantId, file.folderId)
  await keepVersion(tx, file, tx.now + deps.limits.purgeDelayMs)
  await demandRoom(deps.limits, tx, principal.tenantId, 0)
  await recordAudit(tx, {
    tenantId: file.tenantId,
    actor: principal.userId,
    action: 'file.replaced',
    subjectKind: 'file',
    subjectId: fileId,
    detail: { size: received.size, sha256: received.sha256, version: file.version + 1 },
  })
  const replaced = await readFile(tx.sql, principal, fileId)
  await forgetText(tx, replaced)
  await addPicture(tx, replaced)
  return replaced
}

/** The bytes came in under a reservation of their own: its file ends here, its blob lives on in the file that it was meant for. */
async function adoptBlob(tx: Tx, received: ReceivedUpload): Promise<void> {
  const adopted = (await makeBlobLive(tx, received.blobId, received)) && (await endReservation(tx, received.fileId, 'timeRanOut'))
  if (!adopted) throw superseded()
}

async function keepVersion(tx: Tx, file: File, dropAt: number): Promise<void> {
  await tx.sql.run('INSERT INTO file_version (file_id, version, blob_id, replaced_at, drop_at) VALUES (?, ?, ?, ?, ?)', [
    file.id,
    file.version,
    file.blobId,
    tx.now,
    dropAt,
  ])
  await tx.outbox.dispatch(dropVersion, { fileId: file.id, version: file.version }, { dueAt: dropAt })
}
