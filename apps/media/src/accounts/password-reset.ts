import type { Sql } from '@holdfast/database'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { hashSecretToken, newSecretToken } from './secret-token.ts'
import { findEnabledUser } from './user.ts'

/** From the moment that it was asked for. */
export const resetTtlMs = 30 * 60_000
/** Of the token that a new user without a password is sent: it has to outlive holidays. */
export const invitationTtlMs = 7 * 24 * 3_600_000

/** Mails to one user in an hour: whoever else asks for them fills no mailbox. */
const mailsAnHour = 3
export const resetMemoryMs = 3_600_000

export interface AskedReset {
  /** Of the message that asks for it. */
  readonly id: string
  readonly userId: string
  readonly askedAt: number
  /** Whether nobody asked but the administrator who made the user: for a first password, and for no other. */
  readonly isInvitation?: boolean
}

/**
 * The token for one mail; undefined where none is sent: to somebody who is not there or is disabled, after too many mails, or when it has run out
 * or was withdrawn already; by an invitation also to somebody who has a password. May be repeated: only the newest token of a mail counts.
 */
export async function addPasswordReset(tx: Tx, { id, userId, askedAt, isInvitation = false }: AskedReset): Promise<string | undefined> {
  const { sql, now } = tx
  const user = await findEnabledUser(sql, userId)
  const expiresAt = askedAt + (isInvitation ? invitationTtlMs : resetTtlMs)
  if (user === undefined || expiresAt <= now || (isInvitation && user.password_hash !== null)) return undefined
  const sent = await sql.all<{ id: string; expires_at: number }>(
    'SELECT id, expires_at FROM password_reset WHERE user_id = ? AND (created_at > ? OR id = ?)',
    [userId, now - resetMemoryMs, id],
  )
  const token = newSecretToken('hfp_')
  const before = sent.find((one) => one.id === id)
  if (before !== undefined) {
    if (before.expires_at <= now) return undefined
    await sql.run('UPDATE password_reset SET token_hash = ? WHERE id = ?', [hashSecretToken(token), id])
    return token
  }
  if (sent.length >= mailsAnHour) return undefined
  await sql.run('INSERT INTO password_reset (id, user_id, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)', [
    ...[id, userId, hashSecretToken(token)],
    ...[now, expiresAt],
  ])
  await recordAudit(tx, {
    tenantId: user.tenant_id,
    actor: 'system',
    action: isInvitation ? 'user.invited' : 'user.password_reset_sent',
    subjectKind: 'user',
    subjectId: userId,
  })
  return token
}

/** Whose token it is; undefined where it is nobody's any more. */
export async function findPasswordReset(sql: Sql, token: string, now: number): Promise<string | undefined> {
  const row = await sql.get<{ user_id: string }>('SELECT user_id FROM password_reset WHERE token_hash = ? AND expires_at > ?', [
    hashSecretToken(token),
    now,
  ])
  return row?.user_id
}

/** Uses the token up. False: somebody was first. */
export async function takePasswordReset({ sql, now }: Tx, token: string): Promise<boolean> {
  const { changes } = await sql.run('UPDATE password_reset SET expires_at = 0 WHERE token_hash = ? AND expires_at > ?', [
    hashSecretToken(token),
    now,
  ])
  return changes === 1
}

/** What was sent to the user sets no password any more. */
export async function withdrawPasswordResets({ sql }: Tx, userId: string): Promise<void> {
  await sql.run('UPDATE password_reset SET expires_at = 0 WHERE user_id = ?', [userId])
}
