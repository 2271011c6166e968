import { take } from '../kernel/take.ts'
import type { InTransaction, Sql } from '../kernel/tx.ts'
import type { CrashPoint } from './crash-point.ts'
import { discardReservations } from './discard-reservations.ts'

/** T10: reservations whose time ran out end, and their blobs are condemned. `beforeMs`: those that expired until then. */
export async function reapReservations(
  deps: { readonly inTransaction: InTransaction; readonly read: Sql; readonly reached: CrashPoint },
  { beforeMs, limit }: { readonly beforeMs: number; readonly limit: number },
): Promise<number> {
  const expired = await deps.read.all<{ blobId: string; fileId: string | null }>(
    `SELECT stored_blob.id AS blobId, file.id AS fileId FROM stored_blob LEFT JOIN file ON file.blob_id = stored_blob.id
      WHERE stored_blob.state = 'staging' AND stored_blob.expires_at <= ? ORDER BY stored_blob.expires_at LIMIT ?`,
    [beforeMs, limit],
  )
  for (const reservation of expired) {
    await deps.inTransaction(async (tx) => {
      // It may have been renewed since it was read.
      await take(tx, 'stored_blob', reservation.blobId)
      const still = await tx.sql.get("SELECT 1 FROM stored_blob WHERE id = ? AND state = 'staging' AND expires_at <= ?", [
        reservation.blobId,
        beforeMs,
      ])
      if (still !== undefined) await discardReservations(tx, [reservation], 'timeRanOut')
    })
    deps.reached('reap.discarded')
  }
  return expired.length
}
