import type { Tx } from '../kernel/tx.ts'
import { detailOfTree } from './audit-tree.ts'

/** The files that went into the trash, or came back, with a folder: what is left to tell of them. */
export interface ToldTree {
  readonly verb: 'trashed' | 'restored'
  readonly tenantId: string
  /** The folder that was trashed or restored. */
  readonly rootId: string
  /** The correlation id and the instant of their rows in the audit. */
  readonly story: string
  readonly at: number
  /** Those up to this row are told of. */
  readonly after: number
}

const batch = 100

/**
 * Tells others of the next files of a tree, as if each had been trashed or restored by itself, by their rows in the audit: where they are by now tells
 * nothing of then. Answers what is left to tell; undefined where that was all.
 */
export async function tellTree(tx: Tx, told: ToldTree, limit = batch): Promise<ToldTree | undefined> {
  const { verb, tenantId, rootId, story, at, after } = told
  const type = `file.${verb}`
  const rows = await tx.sql.all<{ id: number; fileId: string }>(
    `SELECT id, subject_id AS fileId FROM audit
      WHERE correlation_id = ? AND id > ? AND tenant_id = ? AND subject_kind = 'file' AND action = ? AND at = ? AND detail = ?
      ORDER BY id LIMIT ?`,
    [story, after, tenantId, type, at, detailOfTree(rootId), limit],
  )
  for (const { fileId } of rows) await tx.tell?.({ type, tenantId, fileId, at })
  const last = rows.at(-1)
  return last === undefined || rows.length < limit ? undefined : { ...told, after: last.id }
}
