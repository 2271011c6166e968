import { demand } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { demandAuthorityOver } from './change-user.ts'
import { demandOwnAccount } from './demand-own-account.ts'
import { decodeRoles } from './fields.ts'
import { revokeSessionsOf } from './session.ts'
import { findUser } from './user.ts'

/**
 * Logs the user out everywhere. API keys stay. Oneself, or with `administer` anybody in the tenant. May be repeated.
 * Throws `auth.forbidden`, `user.unknown`, `user.ops_only`.
 */
export async function endSessions(tx: Tx, principal: Authenticated, userId: string): Promise<void> {
  const row = await findUser(tx.sql, principal.tenantId, userId)
  if (userId === principal.userId) demandOwnAccount(principal)
  else {
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
