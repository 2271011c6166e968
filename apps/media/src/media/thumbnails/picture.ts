import type { Sql, Tx } from '../../kernel/tx.ts'
import type { File } from '../file.ts'
import { makeThumbnails } from '../messages.ts'
import { type PictureForm, pictureForm } from './picture-form.ts'
import { type PreviewProgram, previewPrograms, type Refusal } from './thumbnailer.ts'

/**
 * What is known of the picture that a blob holds. It belongs to the bytes and not to a file: copies share it, and what was refused once is
 * not tried again.
 */
export interface PictureRow {
  readonly blob_id: string
  readonly form: PictureForm
  /** `no_…` where a program is missing: that one is not for good. */
  readonly refusal: Refusal | `no_${PreviewProgram}` | null
  readonly failures: number
  readonly due_at: number | null
  readonly width: number | null
}

/** With new bytes: where they may be a picture it is looked at, and the thumbnails that everybody asks for are made. */
export async function addPicture(tx: Tx, { blobId, ...type }: Pick<File, 'blobId' | 'kind' | 'mediaType'>): Promise<void> {
  const form = pictureForm(type)
  if (form === undefined) return
  await tx.sql.run('INSERT INTO picture (blob_id, form, due_at) VALUES (?, ?, ?)', [blobId, form, tx.now])
  await tx.outbox.dispatch(makeThumbnails, { blobId })
}

/** Undefined where the blob is none, and where it is not live any more. */
export function findPicture(sql: Sql, blobId: string): Promise<PictureRow | undefined> {
  return sql.get<PictureRow>(
    `SELECT blob_id, form, refusal, failures, due_at, width FROM picture
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

/** For good, or until a program is there. */
export async function refusePicture(tx: Tx, blobId: string, refusal: NonNullable<PictureRow['refusal']>): Promise<void> {
  await tx.sql.run('UPDATE picture SET refusal = ?, due_at = NULL WHERE blob_id = ?', [refusal, blobId])
  await tx.sql.run('DELETE FROM thumbnail WHERE source_id = ? AND blob_id IS NULL', [blobId])
}

export const missingProgram = ({ refusal }: Pick<PictureRow, 'refusal'>): PreviewProgram | undefined =>
  previewPrograms.find((program) => refusal === `no_${program}`)

export async function countFailure(tx: Tx, blobId: string): Promise<void> {
  await tx.sql.run('UPDATE picture SET failures = failures + 1 WHERE blob_id = ?', [blobId])
}

/** With the end of the blob. */
export async function removePicture(tx: Tx, blobId: string): Promise<void> {
  await tx.sql.run('DELETE FROM thumbnail WHERE source_id = ?', [blobId])
  await tx.sql.run('DELETE FROM picture WHERE blob_id = ?', [blobId])
}
