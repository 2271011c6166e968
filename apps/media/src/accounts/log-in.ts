import { z } from 'zod'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { AccessTokens } from './access-tokens.ts'
import { credentialsInvalid } from './auth-failures.ts'
import { type CheckPasswordDeps, checkPassword } from './check-password.ts'
import { decodeRoles, triedPasswordField } from './fields.ts'
import { clearFailures } from './lock-out.ts'
import { startSession } from './session.ts'
import { findUser, type UserRow } from './user.ts'

export const logInInput = z.strictObject({
  /** Any text: one that is no address is a wrong address. */
  email: z.string().max(254),
  password: triedPasswordField,
})
export type LogInInput = z.infer<typeof logInInput>

export interface Tokens {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  /** For `refreshSession`, once. */
  readonly refreshToken: string
}

export interface LogInDeps extends CheckPasswordDeps {
  readonly accessTokens: AccessTokens
}

/**
 * Starts a session. Not to be called in a transaction: it takes as long as a password's hash, and opens its own.
 * Throws `auth.credentials_invalid` (unknown address, wrong password, disabled user), `auth.locked_out`, `auth.busy`.
 */
export async function logIn(deps: LogInDeps, { email, password }: LogInInput): Promise<Tokens> {
  const checked = await checkPassword(deps, email, password)
  if (checked === undefined) throw credentialsInvalid()
  const upgradedHash = await rehashed(deps, password, checked)
  const { user, session } = await deps.inTransaction(async (tx) => {
    // A password that is changed meanwhile ends the sessions that are there: this one is, or is never begun.
    await take(tx, 'user', checked.id)
    const user = await findUser(tx.sql, checked.tenant_id, checked.id)
    if (user.disabled_at !== null || user.password_hash !== checked.password_hash) throw credentialsInvalid()
    await clearFailures(tx, email)
    if (upgradedHash !== undefined) await tx.sql.run('UPDATE user SET password_hash = ? WHERE id = ?', [upgradedHash, user.id])
    const session = await startSession(tx, user.id)
    await recordLogIn(tx, user, session.sessionId)
    return { user, session }
  })
  const { accessToken, expiresIn } = await deps.accessTokens.issue({
    userId: user.id,
    tenantId: user.tenant_id,
    sessionId: session.sessionId,
    roles: decodeRoles(user.roles),
  })
  return { accessToken, expiresIn, refreshToken: session.refreshToken }
}

async function rehashed({ passwords }: LogInDeps, password: string, user: UserRow): Promise<string | undefined> {
  if (user.password_hash === null || passwords.isCurrent(user.password_hash)) return undefined
  return passwords.hash(password)
}

const recordLogIn = (tx: Tx, user: UserRow, sessionId: string) =>
  recordAudit(tx, {
    tenantId: user.tenant_id,
    actor: user.id,
    action: 'user.logged_in',
    subjectKind: 'user',
    subjectId: user.id,
    detail: { sessionId },
  })
