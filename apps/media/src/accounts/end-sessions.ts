import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { demandAuthorityOver } from './change-user.ts'
import { decodeRoles } from './fields.ts'
import { revokeSessionsOf } from './session.ts'
import { findUser } from './user.ts'

/**
 * Logs the user out everywhere. API keys stay. Oneself, or with `administer` anybody in the tenant. May be repeated.
 * Throws `user.unknown`, `user.ops_only`.
 */
export async function endSessions(tx: Tx, principal: Principal, userId: string): Promise<void> {
  const row = await findUser(tx.sql, principal.tenantId, userId)
  if (userId !== principal.userId) {
    demand(principal, 'administer')
    demandAuthorityOver(principal, decodeRoles(row.roles))
  }
  const ended = await revokeSessionsOf(tx, userId)
  if (ended === 0) return
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.sessions_ended',
    subjectKind: 'user',
    subjectId: userId,
    detail: { ended },
  })
}
