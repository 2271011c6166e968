import type { Database, Sql } from '@holdfast/database'
import { type AuditLink, type AuditRow, auditColumns, beforeFirstLink, hashLink, lateIds } from './audit-chain.ts'

export interface ChainAuditDeps {
  readonly database: Pick<Database, 'transaction'>
}

/**
 * Links the audit rows that are not linked yet, each to the one before, so that a row changed or removed later shows. For the leader's
 * periodic work; two at once do no harm: both want the same next number, and the second fails and changes nothing.
 * Gives the chain's head. Whoever writes that down elsewhere, in a log, can show that the chain was not made anew as a whole.
 */
export async function chainAudit({ database }: ChainAuditDeps, batchSize = 500): Promise<AuditLink & { readonly linked: number }> {
  let linked = 0
  for (;;) {
    const { head, count } = await database.transaction((sql) => linkBatch(sql, batchSize))
    linked += count
    if (count < batchSize) return { ...head, linked }
  }
}

async function linkBatch(sql: Sql, batchSize: number): Promise<{ head: AuditLink; count: number }> {
  let head = await readHead(sql)
  const rows = await unlinkedRows(sql, batchSize)
  for (const row of rows) {
    head = { seq: head.seq + 1, hash: hashLink(head.hash, row) }
    await sql.run('INSERT INTO audit_link (seq, audit_id, hash) VALUES (?, ?, ?)', [head.seq, row.id, head.hash])
  }
  return { head, count: rows.length }
}

async function readHead(sql: Sql): Promise<AuditLink> {
  return (await sql.get<AuditLink>('SELECT seq, hash FROM audit_link ORDER BY seq DESC LIMIT 1')) ?? beforeFirstLink
}

async function unlinkedRows(sql: Sql, limit: number): Promise<AuditRow[]> {
  const last = await sql.get<{ id: number }>('SELECT audit_id AS id FROM audit_link ORDER BY audit_id DESC LIMIT 1')
  return sql.all<AuditRow>(
    `SELECT ${auditColumns} FROM audit WHERE id > ?
     AND NOT EXISTS (SELECT 1 FROM audit_link WHERE audit_link.audit_id = audit.id) ORDER BY id LIMIT ?`,
    [(last?.id ?? 0) - lateIds, limit],
  )
}
