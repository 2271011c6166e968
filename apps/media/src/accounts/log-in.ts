import { z } from 'zod'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { AccessTokens } from './access-tokens.ts'
import { credentialsInvalid } from './auth-failures.ts'
import { type CheckPasswordDeps, checkPassword } from './check-password.ts'
import { decodeRoles, triedPasswordField } from './fields.ts'
import { nameDevice } from './known-device.ts'
import { forgive, type TriedFrom } from './lock-out.ts'
import { startSession } from './session.ts'
import { findEnabledUser, type UserRow } from './user.ts'

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

/** Where a log-in comes from. */
export type LogInOrigin = Extract<TriedFrom, { network: string }> & {
  /** What the client calls itself. */
  readonly client: string | undefined
}

export interface LoggedIn {
  readonly tokens: Tokens
  /** For the device to show at its next log-in: it is locked out for what it did itself, and for nothing else. */
  readonly device: string
}

export interface LogInDeps extends CheckPasswordDeps {
  readonly accessTokens: AccessTokens
}

/**
 * Starts a session. Not to be called in a transaction: it takes as long as a password's hash, and opens its own.
 * Throws `auth.credentials_invalid` (unknown address, wrong password, disabled user), `auth.locked_out`, `auth.busy`.
 */
export async function logIn(deps: LogInDeps, { email, password }: LogInInput, from: LogInOrigin): Promise<LoggedIn> {
  const right = await checkPassword(deps, { email, password, from })
  if (right === undefined) throw credentialsInvalid()
  const { user: checked, guessings } = right
  const upgradedHash = await rehashed(deps, password, checked)
  const { user, session } = await deps.inTransaction(async (tx) => {
    // A password that is changed meanwhile ends the sessions that are there: this one is, or is never begun.
    await take(tx, 'user', checked.id)
    const user = await findEnabledUser(tx.sql, checked.id)
    if (user === undefined || user.password_hash !== checked.password_hash) throw credentialsInvalid()
    await forgive(tx, guessings)
    if (upgradedHash !== undefined) await tx.sql.run('UPDATE user SET password_hash = ? WHERE id = ?', [upgradedHash, user.id])
    const session = await startSession(tx, user.id, from)
    await recordLogIn(tx, user, session.sessionId)
    return { user, session }
  })
  const { accessToken, expiresIn } = await deps.accessTokens.issue({
    userId: user.id,
    tenantId: user.tenant_id,
    sessionId: session.sessionId,
    roles: decodeRoles(user.roles),
  })
  const device = nameDevice({ ...user, password_hash: upgradedHash ?? user.password_hash }, deps.clock())
  return { tokens: { accessToken, expiresIn, refreshToken: session.refreshToken }, device }
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
