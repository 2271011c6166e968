import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { passwordChangedMail } from '../mail/messages.ts'
import { recordAudit } from '../operations/audit.ts'
import type { Authenticated } from './authenticate.ts'
import { changedUser, changeUser } from './change-user.ts'
import { type CheckPasswordDeps, checkPassword } from './check-password.ts'
import { demandOwnAccount } from './demand-own-account.ts'
import { newPasswordField, triedPasswordField } from './fields.ts'
import { clearFailures } from './lock-out.ts'
import { revokeSessionsOf } from './session.ts'
import { findUser, takeUser } from './user.ts'

export const changePasswordInput = z.strictObject({ currentPassword: triedPasswordField, newPassword: newPasswordField })
export type ChangePasswordInput = z.infer<typeof changePasswordInput>

/** A change that the present password has allowed. */
export interface PasswordChange {
  readonly fromHash: string
  readonly toHash: string
}

/** The slow half, before a transaction opens. Throws `auth.forbidden`, `user.password_wrong`, `auth.locked_out`, `auth.busy`. */
export async function preparePasswordChange(
  deps: CheckPasswordDeps,
  principal: Authenticated,
  { currentPassword, newPassword }: ChangePasswordInput,
): Promise<PasswordChange> {
  demandOwnAccount(principal)
  const { tenantId, userId, via, credentialId } = principal
  const { email } = await findUser(deps.read, tenantId, userId)
  // Of all API keys together: one of them may make as many as it likes.
  const from = { credential: via === 'token' ? credentialId : `key of ${userId}` }
  const fromHash = (await checkPassword(deps, { email, password: currentPassword, from }))?.user.password_hash
  if (fromHash == null) throw new Failure('forbidden', 'user.password_wrong', 'the current password is not the one given')
  return { fromHash, toHash: await deps.passwords.hash(newPassword) }
}

/** Ends every session of the user's, this one too: log in again. Throws `user.changed` when the password was changed meanwhile. */
export async function changePassword(tx: Tx, principal: Authenticated, { fromHash, toHash }: PasswordChange): Promise<void> {
  const row = await takeUser(tx, principal.tenantId, principal.userId)
  if (row.password_hash !== fromHash) throw changedUser()
  await changeUser(tx, row, { passwordHash: toHash })
  await clearFailures(tx, row.email)
  await revokeSessionsOf(tx, row.id)
  await tx.outbox.dispatch(passwordChangedMail, { userId: row.id, changedAt: tx.now })
  await recordAudit(tx, {
    tenantId: row.tenant_id,
    actor: row.id,
    action: 'user.password_changed',
    subjectKind: 'user',
    subjectId: row.id,
  })
}
