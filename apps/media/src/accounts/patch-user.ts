import { z } from 'zod'
import { demand } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { changeUser, demandAuthorityOver } from './change-user.ts'
import { demandOwnAccount } from './demand-own-account.ts'
import { decodeRoles, emailField, nameField } from './fields.ts'
import { takeUser, toUser, type User, type UserRow } from './user.ts'

export const patchUserInput = z.strictObject({ name: nameField.optional(), email: emailField.optional() })
export type UserPatch = z.infer<typeof patchUserInput>

/**
 * Everybody may change their own name; any other change needs `administer`, as an address is what its user logs in with. What is left
 * out stays, and a repeat changes nothing.
 * Throws `auth.forbidden`, `user.unknown`, `user.ops_only`, `user.email_taken`, `user.changed`.
 */
export async function patchUser(tx: Tx, principal: Authenticated, userId: string, patch: UserPatch): Promise<User> {
  const row = await takeUser(tx, principal.tenantId, userId)
  demandRight(principal, row, patch)
  const changed = (['name', 'email'] as const).filter((field) => patch[field] !== undefined && patch[field] !== row[field])
  if (changed.length === 0) return toUser(row)
  const user = await changeUser(tx, row, patch)
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'user.changed',
    subjectKind: 'user',
    subjectId: userId,
    // Not the values: the audit holds no personal data.
    detail: { changed },
  })
  return user
}

function demandRight(principal: Authenticated, row: UserRow, { email }: UserPatch): void {
  if (row.id === principal.userId && email === undefined) {
    demandOwnAccount(principal)
    return
  }
  demand(principal, 'administer')
  demandAuthorityOver(principal, decodeRoles(row.roles))
}
