import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { deleteBlob } from './messages.ts'
import { removePicture } from './thumbnails/picture.ts'

/**
 * The life of a blob: STAGING -> LIVE -> CONDEMNED -> DELETED, and STAGING -> CONDEMNED. There is no way back from CONDEMNED: its bytes
 * may be gone already, so nothing may come to refer to it again. Each move is a compare-and-set and false when it came too late.
 */
export type BlobState = 'staging' | 'live' | 'condemned' | 'deleted'

export interface StoredBytes {
  readonly size: number
  readonly sha256: string
}

export async function makeBlobLive(tx: Tx, blobId: string, { size, sha256 }: StoredBytes): Promise<boolean> {
  const { changes } = await tx.sql.run(
    "UPDATE stored_blob SET state = 'live', size = ?, sha256 = ?, expires_at = NULL WHERE id = ? AND state = 'staging'",
    [size, sha256, blobId],
  )
  return changes === 1
}

/** For a reservation that ended: bytes may or may not have arrived. A worker removes them after the commit. */
export async function condemnStagingBlob(tx: Tx, blobId: string): Promise<boolean> {
  const { changes } = await tx.sql.run("UPDATE stored_blob SET state = 'condemned', condemned_at = ? WHERE id = ? AND state = 'staging'", [
    tx.now,
    blobId,
  ])
  if (changes === 1) await tx.outbox.dispatch(deleteBlob, { blobId })
  return changes === 1
}

/**
 * Condemns a live blob unless a file that could still be read refers to it, by its content or by a kept version. The caller has moved its
 * own file out of those states in this transaction, and deletes the bytes after the commit; a sweep does where the caller dies.
 * Its thumbnails are condemned with it.
 */
export async function condemnUnreferencedBlob(tx: Tx, blobId: string): Promise<boolean> {
  // Not in one statement: it would look for references as of its beginning, and only then wait for whoever is adding one.
  await take(tx, 'stored_blob', blobId)
  const { changes } = await tx.sql.run(
    `UPDATE stored_blob SET state = 'condemned', condemned_at = ? WHERE id = ? AND state = 'live'
       AND NOT EXISTS (SELECT 1 FROM file WHERE file.blob_id = stored_blob.id AND file.state IN ('reserved', 'active', 'trashed'))
       AND NOT EXISTS (SELECT 1 FROM file_version JOIN file ON file.id = file_version.file_id
                        WHERE file_version.blob_id = stored_blob.id AND file.state IN ('active', 'trashed'))`,
    [tx.now, blobId],
  )
  if (changes === 1) await condemnThumbnails(tx, blobId)
  return changes === 1
}

/** One by one: MariaDB would look at every live blob, and lock it, for an UPDATE of those that a subquery names. */
async function condemnThumbnails(tx: Tx, sourceId: string): Promise<void> {
  const thumbnails = await tx.sql.all<{ blob_id: string }>('SELECT blob_id FROM thumbnail WHERE source_id = ? AND blob_id IS NOT NULL', [
    sourceId,
  ])
  for (const { blob_id: id } of thumbnails) {
    await tx.sql.run("UPDATE stored_blob SET state = 'condemned', condemned_at = ? WHERE id = ? AND state = 'live'", [tx.now, id])
  }
}

/** The thumbnails' bytes are gone by then: nothing tells of them any more. */
export async function markBlobDeleted(tx: Tx, blobId: string): Promise<boolean> {
  const { changes } = await tx.sql.run("UPDATE stored_blob SET state = 'deleted', deleted_at = ? WHERE id = ? AND state = 'condemned'", [
    tx.now,
    blobId,
  ])
  if (changes === 1) await removePicture(tx, blobId)
  return changes === 1
}
