import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { condemnStagingBlob } from './blob-state.ts'
import { findFile } from './file.ts'
import { moveFile } from './file-state.ts'

interface Reserved {
  /** A thumbnail's is for no file. */
  readonly fileId: string | null
  readonly blobId: string
}

/** Gives reservations up: REJECTED when the content was refused, EXPIRED when time ran out. One that has become a file stays. */
export async function discardReservations(tx: Tx, reservations: readonly Reserved[], why: 'refused' | 'timeRanOut'): Promise<void> {
  for (const { fileId, blobId } of reservations) {
    if (fileId !== null) await endReservation(tx, fileId, why)
    await condemnStagingBlob(tx, blobId)
  }
}

/** Ends the file alone. False where it was no longer reserved. Nobody else is told: the file was never there to be seen. */
export async function endReservation(tx: Tx, fileId: string, why: 'refused' | 'timeRanOut'): Promise<boolean> {
  if (!(await moveFile(tx, fileId, 'reserved', why))) return false
  const file = await findFile(tx.sql, fileId)
  if (file === undefined) return false
  const { tenantId, ownerId: actor, state } = file
  await recordAudit({ ...tx, tell: undefined }, { tenantId, actor, action: `file.${state}`, subjectKind: 'file', subjectId: fileId })
  return true
}

/** For an idempotency claim that was taken over: what its earlier holder reserved will never be committed. */
export async function expireReservationsOfClaim(tx: Tx, claimId: string): Promise<void> {
  const reservations = await tx.sql.all<Reserved>(
    "SELECT id AS fileId, blob_id AS blobId FROM file WHERE claim_id = ? AND state = 'reserved'",
    [claimId],
  )
  await discardReservations(tx, reservations, 'timeRanOut')
}
