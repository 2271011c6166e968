import type { Sql, Tx } from '../../kernel/tx.ts'
import type { File } from '../file.ts'
import { makeThumbnails } from '../messages.ts'
import type { Refusal } from './thumbnailer.ts'

/**
 * What is known of the picture that a blob holds. It belongs to the bytes and not to a file: copies share it, and what was refused once is
 * not tried again.
 */
export interface PictureRow {
  readonly blob_id: string
  readonly refusal: Refusal | null
  readonly failures: number
  readonly due_at: number | null
  readonly width: number | null
}

/** With new bytes: where they may be a picture it is looked at, and the thumbnails that everybody asks for are made. */
export async function addPicture(tx: Tx, { blobId, kind }: Pick<File, 'blobId' | 'kind'>): Promise<void> {
  if (kind !== 'image') return
  await tx.sql.run('INSERT INTO picture (blob_id, due_at) VALUES (?, ?)', [blobId, tx.now])
  await tx.outbox.dispatch(makeThumbnails, { blobId })
}

/** Undefined where the blob is none, and where it is not live any more. */
export function findPicture(sql: Sql, blobId: string): Promise<PictureRow | undefined> {
  return sql.get<PictureRow>(
    `SELECT blob_id, refusal, failures, due_at, width FROM picture
      WHERE blob_id = ? AND EXISTS (SELECT 1 FROM stored_blob WHERE id = ? AND state = 'live')`,
    [blobId, blobId],
  )
}

/** Nothing is to be made of it, unless somebody asked meanwhile. */
export async function settlePicture(tx: Tx, blobId: string): Promise<void> {
  await tx.sql.run(
    'UPDATE picture SET due_at = NULL WHERE blob_id = ? AND NOT EXISTS (SELECT 1 FROM thumbnail WHERE source_id = ? AND blob_id IS NULL)',
    [blobId, blobId],
  )
}

/** For good. */
export async function refusePicture(tx: Tx, blobId: string, refusal: Refusal): Promise<void> {
  await tx.sql.run('UPDATE picture SET refusal = ?, due_at = NULL WHERE blob_id = ?', [refusal, blobId])
  await tx.sql.run('DELETE FROM thumbnail WHERE source_id = ? AND blob_id IS NULL', [blobId])
}

export async function countFailure(tx: Tx, blobId: string): Promise<void> {
  await tx.sql.run('UPDATE picture SET failures = failures + 1 WHERE blob_id = ?', [blobId])
}

/** With the end of the blob. */
export async function removePicture(tx: Tx, blobId: string): Promise<void> {
  await tx.sql.run('DELETE FROM thumbnail WHERE source_id = ?', [blobId])
  await tx.sql.run('DELETE FROM picture WHERE blob_id = ?', [blobId])
}
