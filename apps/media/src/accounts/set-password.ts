import { z } from 'zod'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { passwordChangedMail } from '../mail/messages.ts'
import { recordAudit } from '../operations/audit.ts'
import { changeUser, demandAuthorityOver } from './change-user.ts'
import { decodeRoles, newPasswordField } from './fields.ts'
import { clearFailures } from './lock-out.ts'
import { revokeSessionsOf } from './session.ts'
import { takeUser } from './user.ts'

export const setPasswordInput = z.strictObject({ password: newPasswordField })

/**
 * For a user who has forgotten theirs: ends their sessions and any lock-out. `passwordHash` is made before the transaction opens.
 * Needs `administer`. Throws `user.unknown`, `user.ops_only`, `user.changed`.
 */
export async function setPassword(tx: Tx, principal: Principal, userId: string, passwordHash: string): Promise<void> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demand(principal, 'administer')
  demandAuthorityOver(principal, decodeRoles(row.roles))
  await changeUser(tx, row, { passwordHash })
  await clearFailures(tx, row.email)
  await revokeSessionsOf(tx, userId)
  await tx.outbox.dispatch(passwordChangedMail, { userId, changedAt: tx.now })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.password_set',
    subjectKind: 'user',
    subjectId: userId,
  })
}
