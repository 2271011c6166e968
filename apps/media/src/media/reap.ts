import type { InTransaction, Sql } from '../kernel/tx.ts'
import { condemnStagingBlob } from './blob-state.ts'
import { moveFile } from './file-state.ts'

/** T10: reservations whose time ran out end, and their blobs are condemned. `beforeMs`: those that expired until then. */
export async function reapReservations(
  deps: { readonly inTransaction: InTransaction; readonly read: Sql },
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  const expired = await deps.read.all<{ blobId: string; fileId: string | null }>(
    `SELECT blob.id AS blobId, file.id AS fileId FROM blob LEFT JOIN file ON file.blob_id = blob.id AND file.state = 'reserved'
      WHERE blob.state = 'staging' AND blob.expires_at <= ? ORDER BY blob.expires_at LIMIT ?`,
    [beforeMs, limit],
  )
  for (const { blobId, fileId } of expired) {
    await deps.inTransaction(async (tx) => {
      // It may have been renewed since it was read.
      const still = await tx.sql.get("SELECT 1 FROM blob WHERE id = ? AND state = 'staging' AND expires_at <= ?", [blobId, beforeMs])
      if (still === undefined) return
      if (fileId !== null) await moveFile(tx, fileId, 'reserved', 'timeRanOut')
      await condemnStagingBlob(tx, blobId)
    })
  }
  return expired.length
}
