import { Failure } from '../kernel/failure.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { type EraseDeps, eraseBytes, finishErasure } from './erase-file.ts'

export interface EmptiedTrash {
  /** Ids of the files that are erased. */
  readonly erased: readonly string[]
  /** Ids of the files that stay, and the code of why: `file.legal_hold`, or `file.changed` where it was restored meanwhile. */
  readonly skipped: readonly { readonly id: string; readonly code: string }[]
}

/** Files that are erased side by side: they share commits, and wait for the store together. */
const atOnce = 8

/** Erases each trashed file of the principal's own, then the trashed folders that hold nothing any more. May be repeated. */
export async function emptyTrash(deps: EraseDeps, principal: Principal): Promise<EmptiedTrash> {
  demand(principal, 'write')
  const files = await deps.read.all<TrashedFile>(
    "SELECT id, epoch FROM file WHERE tenant_id = ? AND owner_id = ? AND state IN ('trashed', 'erasing') ORDER BY id",
    [principal.tenantId, principal.userId],
  )
  const erased: string[] = []
  const skipped: { id: string; code: string }[] = []
  for (let from = 0; from < files.length; from += atOnce) {
    // All of them have ended before one that failed is told: nothing goes on behind an answer.
    const outcomes = await Promise.allSettled(files.slice(from, from + atOnce).map((file) => eraseTrashed(deps, principal, file)))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason
      const { id, refusal } = outcome.value
      if (refusal === undefined) erased.push(id)
      else skipped.push({ id, code: refusal })
    }
  }
  await deps.inTransaction((tx) => purgeEmptyFolders(tx, principal))
  return { erased, skipped }
}

interface TrashedFile {
  readonly id: string
  readonly epoch: number
}

/** Gives the code of why the file stays. Throws where nobody can tell yet. */
async function eraseTrashed(
  deps: EraseDeps,
  principal: Principal,
  { id, epoch }: TrashedFile,
): Promise<{ readonly id: string; readonly refusal?: string }> {
  try {
    await eraseBytes(deps, principal, id, epoch)
    await deps.inTransaction((tx) => finishErasure(deps, tx, principal.userId, id))
    return { id }
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'unavailable') throw error
    return { id, refusal: error.code }
  }
}

/** Deletions of the principal's own folders of which no file is left to restore. */
async function purgeEmptyFolders(tx: Tx, principal: Principal): Promise<void> {
  const folders = await tx.sql.all<{ id: string; purge_message_id: string | null }>(
    `SELECT id, purge_message_id FROM folder
      WHERE tenant_id = ? AND state = 'trashed'
        AND trash_root_id IN (SELECT root.id FROM folder AS root
                               WHERE root.tenant_id = ? AND root.state = 'trashed' AND root.trash_root_id = root.id AND root.owner_id = ?)
        AND NOT EXISTS (SELECT 1 FROM file WHERE file.trash_root_id = folder.trash_root_id AND file.state IN ('trashed', 'purging', 'erasing'))`,
    [principal.tenantId, principal.tenantId, principal.userId],
  )
  for (const { id, purge_message_id: messageId } of folders) {
    const { changes } = await tx.sql.run(
      "UPDATE folder SET state = 'purged', name = NULL, name_key = NULL, updated_at = ? WHERE id = ? AND state = 'trashed'",
      [tx.now, id],
    )
    if (changes !== 1) continue
    if (messageId !== null) await tx.outbox.cancel(messageId)
    await recordAudit(tx, {
      tenantId: principal.tenantId,
      actor: principal.userId,
      action: 'folder.purged',
      subjectKind: 'folder',
      subjectId: id,
    })
  }
}
