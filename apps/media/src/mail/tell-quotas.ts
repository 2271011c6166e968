import { decodeRoles } from '../accounts/fields.ts'
import type { InTransaction, Sql, Tx } from '../kernel/tx.ts'
import { quotaNearlyFullMail } from './messages.ts'
import { recordNotice } from './notice.ts'

export interface TellQuotasDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
}

export interface QuotaNotice {
  readonly nowMs: number
  readonly quotaBytes: number
  /** Of the quota: from how much on it is told. */
  readonly percent: number
}

/** Of the quota: how far below the threshold a tenant must fall before it is told again. */
const slackPercent = 5

interface UsageRow {
  readonly tenantId: string
  readonly usedBytes: number
}

/**
 * Tells the administrators of tenants that come near their quota: once, until a tenant has fallen clearly below. Answers how many tenants. May be
 * repeated.
 */
export async function tellQuotas(deps: TellQuotasDeps, { nowMs, quotaBytes, percent }: QuotaNotice): Promise<number> {
  const usage = await deps.read.all<UsageRow>(
    `SELECT tenant_id AS tenantId, SUM(size) AS usedBytes FROM stored_blob WHERE state IN ('staging', 'live')
      GROUP BY tenant_id HAVING SUM(size) >= ?`,
    [(quotaBytes * (percent - slackPercent)) / 100],
  )
  const notices = await deps.read.all<{ tenantId: string }>(
    "SELECT subject_id AS tenantId FROM mail_notice WHERE kind = 'quota-nearly-full'",
  )
  const told = new Set(notices.map(({ tenantId }) => tenantId))
  const near = new Set(usage.map(({ tenantId }) => tenantId))
  for (const tenantId of told) if (!near.has(tenantId)) await deps.inTransaction((tx) => forget(tx, tenantId))
  let count = 0
  for (const { tenantId, usedBytes: sum } of usage) {
    const usedBytes = Number(sum)
    if (told.has(tenantId) || usedBytes < (quotaBytes * percent) / 100) continue
    if (await deps.inTransaction((tx) => tellTenant(tx, tenantId, { nowMs, usedBytes, quotaBytes }))) count++
  }
  return count
}

async function tellTenant(
  tx: Tx,
  tenantId: string,
  { nowMs, usedBytes, quotaBytes }: { readonly nowMs: number; readonly usedBytes: number; readonly quotaBytes: number },
): Promise<boolean> {
  const isFirst = await recordNotice(tx, { kind: 'quota-nearly-full', subjectId: tenantId }, undefined, { at: nowMs, told: usedBytes })
  if (!isFirst) return false
  for (const userId of await administratorsOf(tx.sql, tenantId)) {
    await tx.outbox.dispatch(quotaNearlyFullMail, { userId, usedBytes, quotaBytes })
  }
  return true
}

async function administratorsOf(sql: Sql, tenantId: string): Promise<string[]> {
  const users = await sql.all<{ id: string; roles: string }>('SELECT id, roles FROM user WHERE tenant_id = ? AND disabled_at IS NULL', [
    tenantId,
  ])
  return users.filter(({ roles }) => decodeRoles(roles).includes('admin')).map(({ id }) => id)
}

async function forget({ sql }: Tx, tenantId: string): Promise<void> {
  await sql.run("DELETE FROM mail_notice WHERE kind = 'quota-nearly-full' AND subject_id = ?", [tenantId])
}
