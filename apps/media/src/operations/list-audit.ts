import type { Sql, SqlValue } from '@holdfast/database'
import { z } from 'zod'
import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import { type AuditRow, auditColumns } from './audit-chain.ts'

export interface AuditEntry {
  readonly id: number
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subjectKind: string
  readonly subjectId: string
  readonly correlationId: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** Exact values; those left out match everything. */
export const auditFilter = z.strictObject({
  actor: z.string().max(36).optional(),
  action: z.string().max(64).optional(),
  subjectKind: z.string().max(32).optional(),
  subjectId: z.string().max(64).optional(),
  correlationId: z.string().max(128).optional(),
})
export type AuditFilter = z.infer<typeof auditFilter>

const columnOf = {
  actor: 'actor',
  action: 'action',
  subjectKind: 'subject_kind',
  subjectId: 'subject_id',
  correlationId: 'correlation_id',
} as const satisfies Record<keyof AuditFilter, string>

/**
 * What was done in the principal's tenant, the newest first. An operator of the installation reads other tenants' audits from the command
 * line: over HTTP a tenant's data stays its own. Needs `operate`. Throws `request.cursor_invalid`.
 */
export async function listAudit(sql: Sql, principal: Principal, page: PageRequest, filter: AuditFilter = {}): Promise<Page<AuditEntry>> {
  demand(principal, 'operate')
  const conditions = ['tenant_id = ?']
  const values: SqlValue[] = [principal.tenantId]
  for (const [name, column] of Object.entries(columnOf) as [keyof AuditFilter, string][]) {
    const value = filter[name]
    if (value === undefined) continue
    conditions.push(`${column} = ?`)
    values.push(value)
  }
  if (page.cursor !== undefined) {
    conditions.push('id < ?')
    values.push(...decodeCursor(page.cursor, 1))
  }
  const rows = await sql.all<AuditRow>(`SELECT ${auditColumns} FROM audit WHERE ${conditions.join(' AND ')} ORDER BY id DESC LIMIT ?`, [
    ...values,
    page.limit + 1,
  ])
  return toPage(rows, page.limit, (row) => [row.id], toAuditEntry)
}

export const toAuditEntry = (row: AuditRow): AuditEntry => ({
  id: row.id,
  at: row.at,
  actor: row.actor,
  action: row.action,
  subjectKind: row.subject_kind,
  subjectId: row.subject_id,
  correlationId: row.correlation_id,
  detail: JSON.parse(row.detail) as Record<string, unknown>,
})
