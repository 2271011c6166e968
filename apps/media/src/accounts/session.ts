import { newId } from '../kernel/ids.ts'
import type { Tx } from '../kernel/tx.ts'
import { hashSecretToken, newSecretToken } from './secret-token.ts'

export const refreshTokenTtlMs = 30 * 24 * 3_600_000

export interface Session {
  readonly sessionId: string
  /** Shown to the client once; only its hash is kept. */
  readonly refreshToken: string
}

/** Where a session was begun from. */
export interface SessionOrigin {
  readonly network: string
  readonly client: string | undefined
}

const maxClientLength = 200

export async function startSession(tx: Tx, userId: string, { network, client }: SessionOrigin): Promise<Session> {
  const sessionId = newId(tx.now)
  await tx.sql.run('INSERT INTO session (id, user_id, created_at, expires_at, network, client) VALUES (?, ?, ?, ?, ?, ?)', [
    sessionId,
    userId,
    tx.now,
    tx.now + refreshTokenTtlMs,
    network,
    client?.slice(0, maxClientLength) ?? null,
  ])
  return { sessionId, refreshToken: await addRefreshToken(tx, sessionId) }
}

export async function addRefreshToken(tx: Tx, sessionId: string): Promise<string> {
  const refreshToken = newSecretToken('hfr_')
  await tx.sql.run('INSERT INTO refresh_token (hash, session_id, expires_at) VALUES (?, ?, ?)', [
    hashSecretToken(refreshToken),
    sessionId,
    tx.now + refreshTokenTtlMs,
  ])
  return refreshToken
}

/** Its refresh tokens and its access tokens end with it, at once. False: it had ended already. */
export async function revokeSession(tx: Tx, sessionId: string): Promise<boolean> {
  const { changes } = await tx.sql.run('UPDATE session SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL', [tx.now, sessionId])
  return changes === 1
}

/** How many ended. */
export async function revokeSessionsOf(tx: Tx, userId: string): Promise<number> {
  const { changes } = await tx.sql.run('UPDATE session SET revoked_at = ? WHERE user_id = ? AND revoked_at IS NULL', [tx.now, userId])
  return changes
}

export async function extendSession(tx: Tx, sessionId: string): Promise<void> {
  await tx.sql.run('UPDATE session SET expires_at = ? WHERE id = ?', [tx.now + refreshTokenTtlMs, sessionId])
}
