import { Failure } from '../kernel/failure.ts'
import type { Sql, Tx } from '../kernel/tx.ts'
import type { MediaLimits } from './limits.ts'
import { takeTenant } from './take-tenant.ts'

/** Bytes that a tenant's blobs take, reservations included; bytes that several files share count once. */
export async function usedBytes(sql: Sql, tenantId: string): Promise<number> {
  const row = await sql.get<{ bytes: number | null }>(
    "SELECT SUM(size) AS bytes FROM stored_blob WHERE tenant_id = ? AND state IN ('staging', 'live')",
    [tenantId],
  )
  return Number(row?.bytes ?? 0)
}

/** How many bytes fit beside what is there, without a quota any number. Throws `quota.exceeded` where `more` do not. */
export async function demandRoom(limits: Pick<MediaLimits, 'tenantQuotaBytes'>, tx: Tx, tenantId: string, more: number): Promise<number> {
  const quotaBytes = limits.tenantQuotaBytes
  if (quotaBytes === undefined) return Number.POSITIVE_INFINITY
  await takeTenant(tx, tenantId, 'quota')
  const roomBytes = quotaBytes - (await usedBytes(tx.sql, tenantId))
  refuseMoreThan(roomBytes, more)
  return roomBytes
}

/** Throws `quota.exceeded`. */
export function refuseMoreThan(roomBytes: number, bytes: number): void {
  if (bytes <= roomBytes) return
  throw new Failure('out_of_space', 'quota.exceeded', 'this would take more room than the tenant has', {
    extra: { roomBytes: Math.max(0, roomBytes) },
  })
}
