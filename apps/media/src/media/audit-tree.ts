import type { Tx } from '../kernel/tx.ts'
import { logTransition } from '../operations/audit.ts'

export interface TreeEvent {
  readonly actor: string
  /** In the past tense: `trashed` is told as `folder.trashed` and `file.trashed`. */
  readonly verb: string
  /** The folder whose deletion took the others along. */
  readonly rootId: string
}

/** One audit row for each folder that lies in the trash by the deletion of `rootId`, in one statement, and a log line for that one. */
export async function auditFoldersOf(tx: Tx, event: TreeEvent): Promise<void> {
  await insertRows(tx, 'folder', event)
  const { actor, verb, rootId } = event
  logTransition(tx, { action: `folder.${verb}`, actor, subjectKind: 'folder', subjectId: rootId })
}

/** As `auditFoldersOf`, and a row for each file that the deletion took along. */
export async function auditTree(tx: Tx, event: TreeEvent): Promise<void> {
  await auditFoldersOf(tx, event)
  await insertRows(tx, 'file', event)
}

async function insertRows(tx: Tx, kind: 'folder' | 'file', { actor, verb, rootId }: TreeEvent): Promise<void> {
  await tx.sql.run(
    `INSERT INTO audit (tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail)
     SELECT tenant_id, ?, ?, ?, ?, id, ?, ? FROM ${kind} WHERE trash_root_id = ? AND state = 'trashed'`,
    [tx.now, actor, `${kind}.${verb}`, kind, tx.correlationId, JSON.stringify({ folderTree: rootId }), rootId],
  )
}
