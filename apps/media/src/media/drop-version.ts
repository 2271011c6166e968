import type { Tx } from '../kernel/tx.ts'
import { condemnUnreferencedBlob } from './blob-state.ts'
import { deleteBlob } from './messages.ts'

/** `early`: come back at `dueAt`. `held`: a legal hold keeps the file as it is. */
type Outcome = { readonly is: 'done' | 'held' } | { readonly is: 'early'; readonly dueAt: number }

/**
 * Lets an older version go once it is due, and its bytes where nothing else refers to them. A file that is being deleted for good takes
 * its versions along and lists them in the receipt. May be repeated.
 */
export async function dropFileVersion(tx: Tx, fileId: string, version: number): Promise<Outcome> {
  const kept = await tx.sql.get<{ blob_id: string; drop_at: number; legal_hold_at: number | null }>(
    `SELECT file_version.blob_id, file_version.drop_at, file.legal_hold_at FROM file_version JOIN file ON file.id = file_version.file_id
      WHERE file_id = ? AND file_version.version = ? AND file.state IN ('active', 'trashed')`,
    [fileId, version],
  )
  if (kept === undefined) return { is: 'done' }
  if (kept.drop_at > tx.now) return { is: 'early', dueAt: kept.drop_at }
  if (kept.legal_hold_at !== null) return { is: 'held' }
  await tx.sql.run('DELETE FROM file_version WHERE file_id = ? AND version = ?', [fileId, version])
  if (await condemnUnreferencedBlob(tx, kept.blob_id)) await tx.outbox.dispatch(deleteBlob, { blobId: kept.blob_id })
  return { is: 'done' }
}
