import type { Sql, Tx } from '../kernel/tx.ts'
import { type BlobState, condemnUnreferencedBlob } from './blob-state.ts'
import { type DeleteBlobDeps, deleteCondemnedBlob } from './delete-blob.ts'
import { moveFile } from './file-state.ts'
import { removeDocument } from './search/search-document.ts'
import { endShares } from './sharing/end-shares.ts'

/** What purge (T6 to T8) and erase (T9) share: decide in a transaction, delete outside one, record in a transaction. All repeatable. */

interface DoomedBlob {
  readonly id: string
  readonly state: BlobState
  readonly size: number
  readonly sha256: string
  readonly thumbnail?: true
}

/** Condemns each blob of the file, older versions included, that no other file refers to. The file has left TRASHED and ACTIVE already. */
export async function condemnBlobsOf(tx: Tx, fileId: string): Promise<void> {
  for (const blob of await blobsOf(tx.sql, fileId)) await condemnUnreferencedBlob(tx, blob.id)
}

/**
 * T7. Deletes the bytes of the file's condemned blobs and records each as DELETED: only who has seen the bytes gone may say so, since a
 * file that shares the blob may be on its way out at the same moment. Throws `storage.unavailable`.
 */
export async function deleteCondemnedBytes(deps: DeleteBlobDeps, fileId: string): Promise<void> {
  for (const blob of await blobsOf(deps.read, fileId)) await deleteCondemnedBlob(deps, blob.id)
}

/** What became of one blob: `removed`, or `shared` where another file refers to it, be it one that is itself being deleted. */
export interface BlobFate {
  readonly size: number
  readonly sha256: string
  readonly fate: 'removed' | 'shared'
  /** It was made of one of the others, and goes with it. */
  readonly thumbnail?: true
}

/** T8, after `deleteCondemnedBytes`: the file in its end state, personal data scrubbed. Undefined when somebody else finished it before. */
export async function finishDeletion(tx: Tx, fileId: string, from: 'purging' | 'erasing'): Promise<BlobFate[] | undefined> {
  const blobs = await blobsOf(tx.sql, fileId)
  const thumbnails: DoomedBlob[] = []
  for (const { id } of blobs) thumbnails.push(...(await thumbnailsOf(tx.sql, id)))
  if (!(await moveFile(tx, fileId, from, 'bytesDeleted'))) return undefined
  await tx.sql.run(
    "UPDATE file SET name = NULL, name_key = NULL, sha256 = NULL, tags = '[]', claim_id = NULL, width = NULL, height = NULL, colour = NULL WHERE id = ?",
    [fileId],
  )
  await tx.sql.run('DELETE FROM file_tag WHERE file_id = ?', [fileId])
  await tx.sql.run('DELETE FROM file_version WHERE file_id = ?', [fileId])
  await removeDocument(tx, fileId)
  await endShares(tx, [fileId])
  return [...blobs, ...thumbnails].map(({ size, sha256, state, thumbnail }) => ({
    ...{ size, sha256, fate: state === 'deleted' ? 'removed' : 'shared' },
    ...(thumbnail && { thumbnail }),
  }))
}

/** Those of its content and of its kept versions. They begin at the file: MySQL asks a UNION behind IN again for each blob that there is. */
const blobsOf = (sql: Sql, fileId: string): Promise<DoomedBlob[]> =>
  sql.all<DoomedBlob>(
    `SELECT id, state, size, sha256
       FROM (SELECT blob_id FROM file WHERE id = ? UNION SELECT blob_id FROM file_version WHERE file_id = ?) AS of_file
      CROSS JOIN stored_blob ON id = of_file.blob_id ORDER BY id`,
    [fileId, fileId],
  )

/** But those that were never to be seen. */
async function thumbnailsOf(sql: Sql, sourceId: string): Promise<DoomedBlob[]> {
  const blobs = await sql.all<DoomedBlob>(
    'SELECT id, state, size, sha256 FROM stored_blob WHERE source_id = ? AND sha256 IS NOT NULL ORDER BY size',
    [sourceId],
  )
  return blobs.map((blob) => ({ ...blob, thumbnail: true }))
}
