import type { Sql } from '@holdfast/database'
import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import { passwordChangedMail } from '../mail/messages.ts'
import { recordAudit } from '../operations/audit.ts'
import { changeUser } from './change-user.ts'
import { newPasswordField } from './fields.ts'
import { nameDevice } from './known-device.ts'
import { clearFailures } from './lock-out.ts'
import type { PasswordHashing } from './password-hashing.ts'
import { findPasswordReset, takePasswordReset } from './password-reset.ts'
import { revokeSessionsOf } from './session.ts'
import { findEnabledUser } from './user.ts'

export const resetPasswordInput = z.strictObject({ token: z.string().min(1).max(256), password: newPasswordField })

export interface ResetPasswordDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly passwords: PasswordHashing
  readonly clock: () => number
}

/**
 * Sets the password of the user to whom the token was sent, once: ends their sessions and any lock-out. Gives what names the device, so that it may
 * log in while strangers try to. Not to be called in a transaction: it hashes, and opens its own.
 * Throws `user.reset_token_invalid` (unknown, used, expired, of a disabled user), `user.changed`, `auth.busy`.
 */
export async function resetPassword(
  { read, inTransaction, passwords, clock }: ResetPasswordDeps,
  { token, password }: z.infer<typeof resetPasswordInput>,
): Promise<string> {
  const userId = await findPasswordReset(read, token, clock())
  if (userId === undefined) throw invalidToken()
  const passwordHash = await passwords.hash(password)
  await inTransaction((tx) => useToken(tx, { userId, token, passwordHash }))
  return nameDevice({ id: userId, password_hash: passwordHash }, clock())
}

async function useToken(
  tx: Tx,
  { userId, token, passwordHash }: { readonly userId: string; readonly token: string; readonly passwordHash: string },
): Promise<void> {
  if (!(await takePasswordReset(tx, token))) throw invalidToken()
  const row = await findEnabledUser(tx.sql, userId)
  if (row === undefined) throw invalidToken()
  await changeUser(tx, row, { passwordHash })
  await clearFailures(tx, row.email)
  await revokeSessionsOf(tx, userId)
  await tx.outbox.dispatch(passwordChangedMail, { userId, changedAt: tx.now })
  await recordAudit(tx, {
    tenantId: row.tenant_id,
    actor: userId,
    action: 'user.password_reset',
    subjectKind: 'user',
    subjectId: userId,
  })
}

const invalidToken = () =>
  new Failure('unprocessable', 'user.reset_token_invalid', 'this token sets no password: it was used, has expired, or never was one')
