import type { InTransaction, Sql, Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { BlobStore } from './blob-store.ts'
import type { CrashPoint } from './crash-point.ts'
import { type File, findFile } from './file.ts'
import { condemnBlobsOf, deleteCondemnedBytes, finishDeletion } from './final-deletion.ts'

export interface PurgeDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'delete' | 'size'>
  readonly reached: CrashPoint
}

/**
 * `decided`: the file is PURGING and its bytes may go. `early`: come back at `dueAt`. `held`: a legal hold keeps it. `over`: restored,
 * deleted anew, or purged by somebody else: nothing is left to do.
 */
type Decision = { readonly is: 'decided' | 'over' | 'held' } | { readonly is: 'early'; readonly dueAt: number }

/**
 * Purges one trashed file whose grace is over, by the database's clock. `epoch` names the deletion that is meant: after a restore the
 * number is another one. May be repeated, and run by several at once: each step finds what the others left. `finish` lets the caller
 * commit its own rows together with the last step.
 */
export async function purgeFile(
  deps: PurgeDeps,
  fileId: string,
  epoch: number,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void> = deps.inTransaction,
): Promise<Decision> {
  const decision = await deps.inTransaction((tx) => decide(tx, fileId, epoch))
  if (decision.is !== 'decided') return decision
  deps.reached('purge.decided')
  await deleteCondemnedBytes(deps, fileId)
  deps.reached('purge.deleted')
  await finish((tx) => recordPurged(tx, fileId))
  deps.reached('purge.finished')
  return decision
}

/** T6. */
async function decide(tx: Tx, fileId: string, epoch: number): Promise<Decision> {
  const file = await findFile(tx.sql, fileId)
  if (file === undefined || file.epoch !== epoch) return { is: 'over' }
  if (file.state === 'purging') return { is: 'decided' }
  if (file.state !== 'trashed' || file.purgeAt === null) return { is: 'over' }
  if (file.purgeAt > tx.now) return { is: 'early', dueAt: file.purgeAt }
  if (file.legalHoldAt !== null) return { is: 'held' }
  const { changes } = await tx.sql.run(
    `UPDATE file SET state = 'purging', updated_at = ?
      WHERE id = ? AND state = 'trashed' AND epoch = ? AND purge_at <= ? AND legal_hold_at IS NULL`,
    [tx.now, fileId, epoch, tx.now],
  )
  if (changes !== 1) return { is: 'over' }
  await condemnBlobsOf(tx, fileId)
  await recordAudit(tx, systemEvent(file, 'file.purging'))
  return { is: 'decided' }
}

/** T8. */
async function recordPurged(tx: Tx, fileId: string): Promise<void> {
  const file = await findFile(tx.sql, fileId)
  if (file !== undefined && (await finishDeletion(tx, fileId, 'purging'))) await recordAudit(tx, systemEvent(file, 'file.purged'))
}

const systemEvent = (file: File, action: string) =>
  ({ tenantId: file.tenantId, actor: 'system', action, subjectKind: 'file', subjectId: file.id }) as const
