import type { InTransaction, Sql } from '../../kernel/tx.ts'
import { makeThumbnails } from '../messages.ts'

/**
 * Asks again for what has been due since `beforeMs`: the message that said so was lost or has failed, or the picture is older than thumbnails
 * are. At most `limit` of them. Gives how many.
 */
export async function thumbnailsDue(
  { inTransaction, read }: { readonly inTransaction: InTransaction; readonly read: Sql },
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  const due = await read.all<{ blob_id: string }>('SELECT blob_id FROM picture WHERE due_at <= ? ORDER BY due_at LIMIT ?', [
    beforeMs,
    limit,
  ])
  if (due.length === 0) return 0
  await inTransaction(async (tx) => {
    for (const { blob_id: blobId } of due) {
      const { changes } = await tx.sql.run('UPDATE picture SET due_at = ? WHERE blob_id = ? AND due_at <= ?', [tx.now, blobId, beforeMs])
      if (changes === 1) await tx.outbox.dispatch(makeThumbnails, { blobId })
    }
  })
  return due.length
}
