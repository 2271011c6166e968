import type { Tx } from '../kernel/tx.ts'

export interface AuditEvent {
  readonly tenantId: string
  /** A user's id, or `system` for what falls due by itself. */
  readonly actor: string
  /** What happened, in the past tense: `file.trashed`. */
  readonly action: string
  readonly subjectKind: 'file' | 'folder' | 'upload' | 'link' | 'tenant' | 'user' | 'api-key' | 'message' | 'signing-key'
  readonly subjectId: string
  /** Ids, states and counts. No name, address or content: the row outlives what it tells of. */
  readonly detail?: Readonly<Record<string, unknown>>
}

/**
 * Adds a row to the audit: it is there exactly when the transaction's other effects are. A log line tells of it once they are durable,
 * and, where the subject is a file, other systems are told.
 */
export async function recordAudit(tx: Tx, event: AuditEvent): Promise<void> {
  await tx.sql.run(
    `INSERT INTO audit (tenant_id, at, actor, action, subject_kind, subject_id, correlation_id, detail)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      event.tenantId,
      tx.now,
      event.actor,
      event.action,
      event.subjectKind,
      event.subjectId,
      tx.correlationId,
      JSON.stringify(event.detail ?? {}),
    ],
  )
  if (event.subjectKind === 'file') {
    await tx.tell?.({ type: event.action, tenantId: event.tenantId, fileId: event.subjectId, at: tx.now })
  }
  logTransition(tx, event)
}

/** One line once the transaction is committed, none when it is not. For set-based work that writes its own audit rows. */
export function logTransition(tx: Tx, { action, actor, subjectKind, subjectId }: Omit<AuditEvent, 'detail' | 'tenantId'>): void {
  tx.sql.afterCommit(() => tx.log.info({ actor, subjectKind, subjectId }, action))
}
