import { z } from 'zod'
import { demand, type Principal, type Role } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { changeUser, demandAuthorityOver } from './change-user.ts'
import { decodeRoles, encodeRoles, rolesField } from './fields.ts'
import { takeUser, toUser, type User } from './user.ts'

export const setRolesInput = z.strictObject({ roles: rolesField })

/**
 * Replaces the user's roles; counts from the next request on, whatever the user's tokens and keys say. A repeat changes nothing.
 * Needs `administer`. Throws `user.unknown`, `user.ops_only`, `user.last_administrator`, `user.changed`.
 */
export async function setRoles(tx: Tx, principal: Principal, userId: string, roles: readonly Role[]): Promise<User> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demand(principal, 'administer')
  const before = decodeRoles(row.roles)
  demandAuthorityOver(principal, before, roles)
  if (encodeRoles(roles) === row.roles) return toUser(row)
  const user = await changeUser(tx, row, { roles })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.roles_changed',
    subjectKind: 'user',
    subjectId: userId,
    detail: { from: before, to: user.roles },
  })
  return user
}
