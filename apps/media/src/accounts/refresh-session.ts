import { z } from 'zod'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import type { AccessTokens } from './access-tokens.ts'
import { credentialsExpired, credentialsInvalid } from './auth-failures.ts'
import { decodeRoles } from './fields.ts'
import type { Tokens } from './log-in.ts'
import { hashSecretToken, isSecretToken } from './secret-token.ts'
import { addRefreshToken, extendSession, revokeSession } from './session.ts'

export const refreshSessionInput = z.strictObject({ refreshToken: z.string().min(1).max(256) })

export interface RefreshSessionDeps {
  readonly inTransaction: InTransaction
  readonly accessTokens: AccessTokens
}

interface TokenRow {
  readonly session_id: string
  readonly expires_at: number
  readonly rotated_at: number | null
  readonly revoked_at: number | null
  readonly user_id: string
  readonly tenant_id: string
  readonly roles: string
  readonly disabled_at: number | null
}

/**
 * Gives the next pair of tokens; the refresh token is used up by it. A second use of one means that two hold it, the client and a thief, and
 * nobody can tell which is which: the session ends for both (RFC 9700, section 4.14.2). Opens its own transaction.
 * Throws `auth.credentials_invalid`, `auth.credentials_expired`.
 */
export async function refreshSession(deps: RefreshSessionDeps, refreshToken: string): Promise<Tokens> {
  if (!isSecretToken(refreshToken, 'hfr_')) throw credentialsInvalid()
  const hash = hashSecretToken(refreshToken)
  // The revocation must be committed: it is an outcome of the transaction, not an error in it.
  const outcome = await deps.inTransaction((tx) => rotate(tx, hash))
  if (outcome === 'invalid') throw credentialsInvalid()
  if (outcome === 'expired') throw credentialsExpired()
  const { row, next } = outcome
  const { accessToken, expiresIn } = await deps.accessTokens.issue({
    userId: row.user_id,
    tenantId: row.tenant_id,
    sessionId: row.session_id,
    roles: decodeRoles(row.roles),
  })
  return { accessToken, expiresIn, refreshToken: next }
}

async function rotate(tx: Tx, hash: string): Promise<'invalid' | 'expired' | { row: TokenRow; next: string }> {
  const row = await tx.sql.get<TokenRow>(
    `SELECT t.session_id, t.expires_at, t.rotated_at, s.revoked_at, s.user_id, u.tenant_id, u.roles, u.disabled_at
     FROM refresh_token t JOIN session s ON s.id = t.session_id JOIN user u ON u.id = s.user_id WHERE t.hash = ?`,
    [hash],
  )
  if (row === undefined || row.revoked_at !== null || row.disabled_at !== null) return 'invalid'
  const { changes } = await tx.sql.run('UPDATE refresh_token SET rotated_at = ? WHERE hash = ? AND rotated_at IS NULL', [tx.now, hash])
  if (changes === 0) {
    await revokeSession(tx, row.session_id)
    await recordReuse(tx, row)
    return 'invalid'
  }
  if (row.expires_at <= tx.now) return 'expired'
  await extendSession(tx, row.session_id)
  return { row, next: await addRefreshToken(tx, row.session_id) }
}

const recordReuse = (tx: Tx, row: TokenRow) =>
  recordAudit(tx, {
    tenantId: row.tenant_id,
    actor: 'system',
    action: 'user.refresh_token_reused',
    subjectKind: 'user',
    subjectId: row.user_id,
    detail: { sessionId: row.session_id },
  })
