import { createHash } from 'node:crypto'

/** A row of `audit`, as it stands in the database. */
export interface AuditRow {
  readonly id: number
  readonly tenant_id: string
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject_kind: string
  readonly subject_id: string
  readonly correlation_id: string
  readonly detail: string
}

export const auditColumns = 'id, tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail'

export interface AuditLink {
  readonly seq: number
  /** Hex SHA-256. */
  readonly hash: string
}

/** What the first link goes on from. */
export const beforeFirstLink: AuditLink = { seq: 0, hash: '0'.repeat(64) }

/** The row as a JSON array in the order of the columns, so that no value can pass for two. */
export function hashLink(previousHash: string, row: AuditRow): string {
  const { id, tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail } = row
  const canonical = JSON.stringify([id, tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail])
  return createHash('sha256').update(previousHash).update(canonical).digest('hex')
}

/**
 * A transaction that took a small id may commit after others with greater ones (not on SQLite, which has one writer). Rows this far below
 * the greatest linked id may still come and are linked when they do.
 */
export const lateIds = 10_000
