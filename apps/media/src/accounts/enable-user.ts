import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { changeUser, demandAuthorityOver } from './change-user.ts'
import { decodeRoles } from './fields.ts'
import { takeUser, toUser, type User } from './user.ts'

/**
 * Undoes `disableUser`: the password and the API keys work again, sessions do not come back. A repeat changes nothing.
 * Needs `administer`. Throws `user.unknown`, `user.ops_only`, `user.changed`.
 */
export async function enableUser(tx: Tx, principal: Principal, userId: string): Promise<User> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demand(principal, 'administer')
  demandAuthorityOver(principal, decodeRoles(row.roles))
  if (row.disabled_at === null) return toUser(row)
  const user = await changeUser(tx, row, { disabledAt: null })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.enabled',
    subjectKind: 'user',
    subjectId: userId,
  })
  return user
}
