import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { userDeleted } from '../media/messages.ts'
import { forgetShares } from '../media/sharing/forget-shares.ts'
import { recordAudit } from '../operations/audit.ts'
import { administers, changedUser, countAdministrator, demandAuthorityOver } from './change-user.ts'
import { decodeRoles } from './fields.ts'
import { clearFailures } from './lock-out.ts'
import { takeUser } from './user.ts'

/** Until then an upload that was under way has ended. */
const lookAgainMs = 24 * 3_600_000

/**
 * Forgets the user: name, address, password, keys, sessions and shares are gone with the row, and count no more from the next request on. What they
 * owned is trashed by message. Their id stays where it was written down. There is no way back; `disableUser` has one.
 * Needs `administer`. Throws `user.unknown`, `user.ops_only`, `user.last_administrator`, `user.changed`.
 */
export async function removeUser(tx: Tx, principal: Principal, userId: string): Promise<void> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demand(principal, 'administer')
  demandAuthorityOver(principal, decodeRoles(row.roles))
  const { changes } = await tx.sql.run('DELETE FROM user WHERE id = ? AND version = ?', [userId, row.version])
  if (changes === 0) throw changedUser()
  await countAdministrator(tx, row.tenant_id, administers(row), false)
  await tx.sql.run('DELETE FROM api_key WHERE tenant_id = ? AND user_id = ?', [row.tenant_id, userId])
  for (const table of ['session', 'password_reset']) await tx.sql.run(`DELETE FROM ${table} WHERE user_id = ?`, [userId])
  await clearFailures(tx, row.email)
  await forgetShares(tx, row.tenant_id, userId)
  for (const delayMs of [0, lookAgainMs]) await tx.outbox.dispatch(userDeleted, { userId }, { delayMs })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.removed',
    subjectKind: 'user',
    subjectId: userId,
  })
}
