import { Failure } from '../kernel/failure.ts'
import { demand, may, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { InTransaction, Sql, Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { BlobStore } from './blob-store.ts'
import type { CrashPoint } from './crash-point.ts'
import { releaseName } from './entry-name.ts'
import { changedFile, type File, findFile, goneFile, readFile, unknownFile } from './file.ts'
import { type BlobFate, condemnBlobsOf, deleteCondemnedBytes, finishDeletion } from './final-deletion.ts'
import { refuseReader } from './folder.ts'
import { raiseListings } from './listing-version.ts'

export interface EraseDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'delete' | 'size'>
  readonly signErasure: SignErasure
  readonly reached: CrashPoint
}

/** What a receipt states. Instants in RFC 3339. */
export interface ErasureClaims {
  readonly tenantId: string
  readonly fileId: string
  readonly blobs: readonly BlobFate[]
  readonly requestedBy: string
  readonly erasedAt: string
  readonly correlationId: string
}

/** Signs so that the receipt can be checked without this installation. */
export type SignErasure = (claims: ErasureClaims) => Promise<ErasureReceipt>
export type ErasureReceipt = Readonly<Record<string, unknown>>

/**
 * T9 up to the last step: no grace, and the bytes are gone when it resolves. `finishErasure` follows, in the transaction that answers.
 * May be repeated after a crash. `epoch` names the deletion that is meant, where one is: restored meanwhile, the file stays.
 * Throws `file.legal_hold` (locked), `file.gone` once purged, `file.purging`, `file.changed`, `entry.not_yours` for another user's file.
 */
export async function eraseBytes(deps: EraseDeps, principal: Principal, fileId: string, epoch?: number): Promise<void> {
  await deps.inTransaction((tx) => decide(tx, principal, fileId, epoch))
  deps.reached('erase.decided')
  await deleteCondemnedBytes(deps, fileId)
  deps.reached('erase.deleted')
}

/** The last step of T9. Gives the receipt, the same one whenever it is asked for again. */
export async function finishErasure(
  deps: Pick<EraseDeps, 'signErasure'>,
  tx: Tx,
  requestedBy: string,
  fileId: string,
): Promise<ErasureReceipt> {
  await take(tx, 'file', fileId)
  const earlier = await tx.sql.get<{ receipt: string }>('SELECT receipt FROM erasure WHERE file_id = ?', [fileId])
  if (earlier !== undefined) return JSON.parse(earlier.receipt) as ErasureReceipt
  const file = await findFile(tx.sql, fileId)
  if (file === undefined) throw unknownFile()
  const blobs = await finishDeletion(tx, fileId, 'erasing')
  if (blobs === undefined) throw changedFile()
  const receipt = await deps.signErasure({
    tenantId: file.tenantId,
    fileId,
    blobs,
    requestedBy,
    erasedAt: new Date(tx.now).toISOString(),
    correlationId: tx.correlationId,
  })
  await tx.sql.run('INSERT INTO erasure (file_id, erased_at, receipt) VALUES (?, ?, ?)', [fileId, tx.now, JSON.stringify(receipt)])
  await recordAudit(tx, { tenantId: file.tenantId, actor: requestedBy, action: 'file.erased', subjectKind: 'file', subjectId: fileId })
  return receipt
}

async function decide(tx: Tx, principal: Principal, fileId: string, epoch: number | undefined): Promise<void> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const file = await readFile(tx.sql, principal, fileId)
  demandErasureRight(principal, file)
  if (file.state === 'erasing' || file.state === 'erased') return
  if (file.state === 'purged') throw goneFile()
  if (epoch !== undefined && file.epoch !== epoch) throw changedFile()
  if (file.state === 'purging') throw new Failure('conflict', 'file.purging', 'the file is being deleted for good already')
  if (file.legalHoldAt !== null) throw new Failure('locked', 'file.legal_hold', 'a legal hold keeps this file')
  const { changes } = await tx.sql.run(
    "UPDATE file SET state = 'erasing', epoch = epoch + 1, updated_at = ? WHERE id = ? AND state = ? AND legal_hold_at IS NULL",
    [tx.now, fileId, file.state],
  )
  if (changes !== 1) throw changedFile()
  if (file.purgeMessageId !== null) await tx.outbox.cancel(file.purgeMessageId)
  raiseListings(tx, file.tenantId, file.folderId)
  await releaseName(tx, fileId)
  await condemnBlobsOf(tx, fileId)
  await recordAudit(tx, {
    tenantId: file.tenantId,
    actor: principal.userId,
    action: 'file.erasing',
    subjectKind: 'file',
    subjectId: fileId,
  })
}

/** Nothing brings an erased file back, so it takes its owner or an administrator; an administrator with whom it is shared is a reader. */
function demandErasureRight(principal: Principal, file: File): void {
  refuseReader(principal, file)
  if (file.ownerId === principal.userId || may(principal, 'administer')) return
  throw new Failure('forbidden', 'entry.not_yours', 'only its owner or an administrator may erase a file')
}
