import type { Tx } from '../kernel/tx.ts'
import { condemnUnreferencedBlob } from './blob-state.ts'
import { deleteBlob } from './messages.ts'

/** `early`: come back at `dueAt`. */
type Outcome = { readonly is: 'done' } | { readonly is: 'early'; readonly dueAt: number }

/** Lets an older version go once it is due, and its bytes where nothing else refers to them. May be repeated. */
export async function dropFileVersion(tx: Tx, fileId: string, version: number): Promise<Outcome> {
  const kept = await tx.sql.get<{ blob_id: string; drop_at: number }>(
    'SELECT blob_id, drop_at FROM file_version WHERE file_id = ? AND version = ?',
    [fileId, version],
  )
  if (kept === undefined) return { is: 'done' }
  if (kept.drop_at > tx.now) return { is: 'early', dueAt: kept.drop_at }
  await tx.sql.run('DELETE FROM file_version WHERE file_id = ? AND version = ?', [fileId, version])
  if (await condemnUnreferencedBlob(tx, kept.blob_id)) await tx.outbox.dispatch(deleteBlob, { blobId: kept.blob_id })
  return { is: 'done' }
}
