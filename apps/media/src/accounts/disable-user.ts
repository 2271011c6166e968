import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { changeUser, demandAuthorityOver } from './change-user.ts'
import { decodeRoles } from './fields.ts'
import { revokeSessionsOf } from './session.ts'
import { takeUser, toUser, type User } from './user.ts'

/**
 * From the next request on no token, key or password of the user's is taken. A repeat changes nothing.
 * Needs `administer`. Throws `user.unknown`, `user.ops_only`, `user.last_administrator`, `user.changed`.
 */
export async function disableUser(tx: Tx, principal: Principal, userId: string): Promise<User> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demand(principal, 'administer')
  demandAuthorityOver(principal, decodeRoles(row.roles))
  if (row.disabled_at !== null) return toUser(row)
  const user = await changeUser(tx, row, { disabledAt: tx.now })
  await revokeSessionsOf(tx, userId)
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.disabled',
    subjectKind: 'user',
    subjectId: userId,
  })
  return user
}
