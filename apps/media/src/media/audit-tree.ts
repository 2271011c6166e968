import type { Tx } from '../kernel/tx.ts'
import { logTransition } from '../operations/audit.ts'
import { treeEvent } from './messages.ts'

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

interface TreeOfFiles extends TreeEvent {
  readonly verb: 'trashed' | 'restored'
  readonly tenantId: string
}

/** As `auditFoldersOf`, and a row for each file that the deletion took along; `tellTree` tells of these. */
export async function auditTree(tx: Tx, event: TreeOfFiles): Promise<void> {
  await auditFoldersOf(tx, event)
  const files = await insertRows(tx, 'file', event)
  if (files === 0 || tx.tell === undefined) return
  const { verb, tenantId, rootId } = event
  await tx.outbox.dispatch(treeEvent, { verb, tenantId, rootId, story: tx.correlationId, at: tx.now, after: 0 })
}

/** What each of these rows says beside what happened. */
export const detailOfTree = (rootId: string): string => JSON.stringify({ folderTree: rootId })

async function insertRows(tx: Tx, kind: 'folder' | 'file', { actor, verb, rootId }: TreeEvent): Promise<number> {
  const { changes } = await tx.sql.run(
    `INSERT INTO audit (tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail)
     SELECT tenant_id, ?, ?, ?, ?, id, ?, ? FROM ${kind} WHERE trash_root_id = ? AND state = 'trashed'`,
    [tx.now, actor, `${kind}.${verb}`, kind, tx.correlationId, detailOfTree(rootId), rootId],
  )
  return changes
}
