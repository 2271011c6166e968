import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { makeBlobLive } from './blob-state.ts'
import { claimName, nameKey, parseEntryName } from './entry-name.ts'
import { type File, readFile } from './file.ts'
import { takePlace } from './folder.ts'
import type { MediaLimits } from './limits.ts'
import { raiseListings } from './listing-version.ts'
import { demandRoom } from './quota.ts'
import { type ReceivedUpload, superseded } from './receive-upload.ts'
import { addDocument } from './search/search-document.ts'
import { addPicture } from './thumbnails/picture.ts'

export interface NewFile {
  readonly received: ReceivedUpload
  readonly name: string
  readonly folderId: string | null
}

/**
 * T3: STAGING -> LIVE and RESERVED -> ACTIVE, both compare-and-set, all files or none. Throws `upload.superseded` when a reservation
 * was taken over or expired, `name.taken`, `name.invalid`, `folder.unknown`, `quota.exceeded`.
 */
export async function storeFiles(
  deps: { readonly limits: Pick<MediaLimits, 'tenantQuotaBytes'> },
  tx: Tx,
  principal: Principal,
  newFiles: readonly NewFile[],
): Promise<File[]> {
  const files: File[] = []
  for (const newFile of newFiles) files.push(await storeFile(tx, principal, newFile))
  // After the holds have become sizes, so that what was reserved is not counted twice.
  await demandRoom(deps.limits, tx, principal.tenantId, 0)
  return files
}

async function storeFile(tx: Tx, principal: Principal, { received, name: givenName, folderId }: NewFile): Promise<File> {
  const { fileId, blobId, mediaType, kind, size, sha256 } = received
  const name = parseEntryName(givenName)
  const place = await takePlace(tx, principal, folderId)
  if (!(await makeBlobLive(tx, blobId, received))) throw superseded()
  const { changes } = await tx.sql.run(
    `UPDATE file SET state = 'active', folder_id = ?, name = ?, name_key = ?, media_type = ?, kind = ?, size = ?, sha256 = ?,
                     visible_to = ?, created_at = ?, updated_at = ?, content_changed_at = ?, claim_id = NULL
      WHERE id = ? AND state = 'reserved'`,
    [folderId, name, nameKey(name), mediaType, kind, size, sha256, place.visibleTo, tx.now, tx.now, tx.now, fileId],
  )
  if (changes !== 1) throw superseded()
  raiseListings(tx, principal.tenantId, folderId)
  await claimName(tx, { id: fileId, tenantId: principal.tenantId, ownerId: principal.userId, parentId: folderId, name, private: false })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'file.created',
    subjectKind: 'file',
    subjectId: fileId,
    detail: { size, sha256 },
  })
  const file = await readFile(tx.sql, principal, fileId)
  await addDocument(tx, file)
  await addPicture(tx, file)
  return file
}
