import { Failure } from '../kernel/failure.ts'
import type { InTransaction, Sql, Tx } from '../kernel/tx.ts'
import { markBlobDeleted } from './blob-state.ts'
import type { BlobStore } from './blob-store.ts'
import type { CrashPoint } from './crash-point.ts'

export interface DeleteBlobDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'delete' | 'size'>
  readonly reached: CrashPoint
}

/** Deletes the bytes of a condemned blob, those of its thumbnails first; of any other it does nothing. May be repeated. */
export async function deleteCondemnedBlob(
  deps: DeleteBlobDeps,
  blobId: string,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void> = deps.inTransaction,
): Promise<void> {
  const blob = await deps.read.get<{ storage_key: string }>("SELECT storage_key FROM stored_blob WHERE id = ? AND state = 'condemned'", [
    blobId,
  ])
  if (blob === undefined) return
  const thumbnails = await deps.read.all<{ blob_id: string }>('SELECT blob_id FROM thumbnail WHERE source_id = ? AND blob_id IS NOT NULL', [
    blobId,
  ])
  for (const thumbnail of thumbnails) await deleteCondemnedBlob(deps, thumbnail.blob_id)
  await deleteBytes(deps.blobs, blob.storage_key)
  deps.reached('blob.deleted')
  await finish(async (tx) => {
    await markBlobDeleted(tx, blobId)
  })
}

/** Throws `storage.unavailable` unless the bytes are gone afterwards. */
export async function deleteBytes(blobs: Pick<BlobStore, 'delete' | 'size'>, storageKey: string): Promise<void> {
  await blobs.delete(storageKey)
  if ((await blobs.size(storageKey)) !== undefined) {
    throw new Failure('unavailable', 'storage.unavailable', 'the store still has bytes that it was asked to delete')
  }
}
