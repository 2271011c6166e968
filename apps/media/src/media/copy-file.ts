import { newId } from '../kernel/ids.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { claimName, nameKey, parseEntryName } from './entry-name.ts'
import { changedFile, type File, readActiveFile, readFile } from './file.ts'
import { audience, takePlace } from './folder.ts'
import { raiseListings } from './listing-version.ts'
import { addDocument } from './search/search-document.ts'
import { hidePlacesOfFiles } from './sharing/unseen-places.ts'
import { writeTags } from './tags.ts'

export interface CopyRequest {
  /** The name of the original where none is given. */
  readonly name?: string | undefined
  /** The original's folder where none is given, as far as the principal sees it; null is the top of the tree. */
  readonly folderId?: string | null | undefined
}

/**
 * A file of the principal's own that shares the original's bytes: they stay until neither refers to them. What is private stays so; of
 * what is private to another the copy is private to the principal.
 */
export async function copyFile(tx: Tx, principal: Principal, fileId: string, request: CopyRequest): Promise<File> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const original = await readActiveFile(tx.sql, principal, fileId)
  const name = parseEntryName(request.name ?? original.name)
  const [shown = original] = await hidePlacesOfFiles(tx.sql, principal, [original])
  const folderId = request.folderId === undefined ? shown.folderId : request.folderId
  const place = await takePlace(tx, principal, folderId)
  const id = newId(tx.now)
  const isAnothers = original.visibleTo !== null && original.visibleTo !== principal.userId
  const owned = { ownerId: principal.userId, private: original.private || isAnothers }
  // Nothing may come to refer to a blob that is condemned: it is not from here on, and its state is read in the same statement.
  await take(tx, 'stored_blob', original.blobId)
  const { changes } = await tx.sql.run(
    `INSERT INTO file (id, tenant_id, owner_id, folder_id, name, name_key, media_type, kind, size, sha256, blob_id, state, is_private,
                       visible_to, favourite, tags, version, created_at, updated_at,
                       content_changed_at, epoch, width, height, colour)
     SELECT ?, original.tenant_id, ?, ?, ?, ?, original.media_type, original.kind, original.size, original.sha256, original.blob_id,
            'active', ?, ?, 0, original.tags, 1, ?, ?, ?, 0, original.width, original.height, original.colour
       FROM file AS original JOIN stored_blob ON stored_blob.id = original.blob_id
      WHERE original.id = ? AND original.state = 'active' AND stored_blob.state = 'live'`,
    [id, principal.userId, folderId, name, nameKey(name), owned.private ? 1 : 0, audience(place, owned), tx.now, tx.now, tx.now, fileId],
  )
  if (changes !== 1) throw changedFile()
  raiseListings(tx, original.tenantId, folderId)
  await claimName(tx, { ...owned, id, tenantId: original.tenantId, parentId: folderId, name })
  await writeTags(tx, id, original.tags)
  await recordAudit(tx, {
    tenantId: original.tenantId,
    actor: principal.userId,
    action: 'file.copied',
    subjectKind: 'file',
    subjectId: id,
    detail: { from: fileId },
  })
  const copy = await readFile(tx.sql, principal, id)
  await addDocument(tx, copy)
  return copy
}
