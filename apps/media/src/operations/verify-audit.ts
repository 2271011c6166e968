import type { Sql } from '@holdfast/database'
import { type AuditLink, type AuditRow, beforeFirstLink, hashLink, lateIds } from './audit-chain.ts'

/** `anchor_differs`: the chain has another hash there than was written down before, so it was made anew. `row_added`: a row of before the head that no link knows. */
export type AuditFault = 'link_missing' | 'row_missing' | 'row_changed' | 'row_added' | 'anchor_differs'

export type AuditVerdict =
  /** `unlinked`: rows that the next round links. */
  | { readonly intact: true; readonly head: AuditLink; readonly unlinked: number }
  /** `seq`: where the chain breaks first. `auditId`: the row concerned, where one can be named. */
  | { readonly intact: false; readonly fault: AuditFault; readonly seq: number; readonly auditId: number | null }

type Linked = AuditLink & { readonly audit_id: number } & (AuditRow | { readonly id: null })

/**
 * Walks the whole chain and tells the first fault. Reads only. Whoever can write both tables can make the chain anew: an `anchor`, a head
 * that was written down elsewhere earlier, shows that too.
 */
export async function verifyAudit(sql: Sql, anchor: AuditLink = beforeFirstLink, pageSize = 1_000): Promise<AuditVerdict> {
  let head = beforeFirstLink
  let lastId = 0
  for (;;) {
    const page = await readLinks(sql, head.seq, pageSize)
    for (const row of page) {
      const fault = findFault(head, row, anchor)
      if (fault !== undefined) return broken(fault, head.seq + 1, fault === 'link_missing' ? null : row.audit_id)
      head = { seq: row.seq, hash: row.hash }
      lastId = Math.max(lastId, row.audit_id)
    }
    if (page.length < pageSize) break
  }
  if (anchor.seq > head.seq) return broken('link_missing', head.seq + 1, null)
  const unlinked = await readUnlinked(sql)
  const added = unlinked.find(({ id }) => id <= lastId - lateIds)
  return added === undefined ? { intact: true, head, unlinked: unlinked.length } : broken('row_added', head.seq, added.id)
}

function findFault(head: AuditLink, row: Linked, anchor: AuditLink): AuditFault | undefined {
  if (row.seq !== head.seq + 1) return 'link_missing'
  if (row.id === null) return 'row_missing'
  if (hashLink(head.hash, row) !== row.hash) return 'row_changed'
  if (row.seq === anchor.seq && row.hash !== anchor.hash) return 'anchor_differs'
  return undefined
}

const broken = (fault: AuditFault, seq: number, auditId: number | null): AuditVerdict => ({ intact: false, fault, seq, auditId })

function readLinks(sql: Sql, afterSeq: number, limit: number): Promise<Linked[]> {
  return sql.all(
    `SELECT l.seq, l.audit_id, l.hash, a.id, a.tenant_id, a.at, a.actor, a.action, a.subject_kind, a.subject_id, a.correlation_id, a.detail
     FROM audit_link l LEFT JOIN audit a ON a.id = l.audit_id WHERE l.seq > ? ORDER BY l.seq LIMIT ?`,
    [afterSeq, limit],
  )
}

function readUnlinked(sql: Sql): Promise<{ id: number }[]> {
  return sql.all('SELECT id FROM audit WHERE NOT EXISTS (SELECT 1 FROM audit_link WHERE audit_link.audit_id = audit.id) ORDER BY id')
}
