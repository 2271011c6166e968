import { Failure } from '../kernel/failure.ts'
import type { Sql, Tx } from '../kernel/tx.ts'
import { condemnUnreferencedBlob, markBlobDeleted } from './blob-state.ts'
import type { BlobStore } from './blob-store.ts'
import { moveFile } from './file-state.ts'

/** What purge (T6 to T8) and erase (T9) share: decide in a transaction, delete outside one, record in a transaction. All repeatable. */

interface DoomedBlob {
  readonly id: string
  readonly storageKey: string
  readonly state: string
  readonly size: number
  readonly sha256: string
}

/** Condemns each blob of the file, older versions included, that no other file refers to. The file has left TRASHED and ACTIVE already. */
export async function condemnBlobsOf(tx: Tx, fileId: string): Promise<void> {
  for (const blob of await blobsOf(tx.sql, fileId)) await condemnUnreferencedBlob(tx, blob.id)
}

/** T7. Deletes the bytes of the file's condemned blobs and makes sure that they are gone. Throws `storage.unavailable`. */
export async function deleteCondemnedBytes(
  deps: { readonly read: Sql; readonly blobs: Pick<BlobStore, 'delete' | 'size'> },
  fileId: string,
) {
  for (const blob of await blobsOf(deps.read, fileId)) {
    if (blob.state === 'condemned') await deleteBytes(deps.blobs, blob.storageKey)
  }
}

export async function deleteBytes(blobs: Pick<BlobStore, 'delete' | 'size'>, storageKey: string): Promise<void> {
  await blobs.delete(storageKey)
  if ((await blobs.size(storageKey)) !== undefined) {
    throw new Failure('unavailable', 'storage.unavailable', 'the store still has bytes that it was asked to delete')
  }
}

/** What became of one blob: `removed`, or `shared` where another file still refers to it. */
export interface BlobFate {
  readonly size: number
  readonly sha256: string
  readonly fate: 'removed' | 'shared'
}

/**
 * T8, after `deleteCondemnedBytes`: blobs DELETED, the file in its end state, personal data scrubbed. Undefined when somebody else
 * finished it before.
 */
export async function finishDeletion(tx: Tx, fileId: string, from: 'purging' | 'erasing'): Promise<BlobFate[] | undefined> {
  const blobs = await blobsOf(tx.sql, fileId)
  if (!(await moveFile(tx, fileId, from, 'bytesDeleted'))) return undefined
  for (const blob of blobs) await markBlobDeleted(tx, blob.id)
  await tx.sql.run("UPDATE file SET name = NULL, name_key = NULL, sha256 = NULL, tags = '[]', claim_id = NULL WHERE id = ?", [fileId])
  await tx.sql.run('DELETE FROM file_tag WHERE file_id = ?', [fileId])
  await tx.sql.run('DELETE FROM file_version WHERE file_id = ?', [fileId])
  return blobs.map(({ size, sha256, state }) => ({ size, sha256, fate: state === 'live' ? 'shared' : 'removed' }))
}

function blobsOf(sql: Sql, fileId: string): Promise<DoomedBlob[]> {
  return sql.all<DoomedBlob>(
    `SELECT id, storage_key AS storageKey, state, size, sha256 FROM blob
      WHERE id IN (SELECT blob_id FROM file WHERE id = ? UNION SELECT blob_id FROM file_version WHERE file_id = ?)`,
    [fileId, fileId],
  )
}
