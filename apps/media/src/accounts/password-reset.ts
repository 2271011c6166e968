import type { Sql } from '@holdfast/database'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { hashSecretToken, newSecretToken } from './secret-token.ts'

/** From the moment that it was asked for. */
export const resetTtlMs = 30 * 60_000

/** Mails to one user in an hour: whoever else asks for them fills no mailbox. */
const mailsAnHour = 3
export const resetMemoryMs = 3_600_000

export interface AskedReset {
  /** Of the message that asks for it. */
  readonly id: string
  readonly userId: string
  readonly askedAt: number
}

/**
 * The token for one mail; undefined where none is sent: to somebody who is not there, is disabled or has no password, after too many mails, or when
 * it has run out already. May be repeated: only the newest token of a mail counts.
 */
export async function addPasswordReset(tx: Tx, { id, userId, askedAt }: AskedReset): Promise<string | undefined> {
  const { sql, now } = tx
  const user = await sql.get<{ tenant_id: string }>(
    'SELECT tenant_id FROM user WHERE id = ? AND disabled_at IS NULL AND password_hash IS NOT NULL',
    [userId],
  )
  if (user === undefined || askedAt + resetTtlMs <= now) return undefined
  const sent = await sql.all<{ id: string }>('SELECT id FROM password_reset WHERE user_id = ? AND created_at > ?', [
    userId,
    now - resetMemoryMs,
  ])
  const token = newSecretToken('hfp_')
  if (sent.some((one) => one.id === id)) {
    await sql.run('UPDATE password_reset SET token_hash = ? WHERE id = ?', [hashSecretToken(token), id])
    return token
  }
  if (sent.length >= mailsAnHour) return undefined
  await sql.run('INSERT INTO password_reset (id, user_id, token_hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?)', [
    ...[id, userId, hashSecretToken(token)],
    ...[now, askedAt + resetTtlMs],
  ])
  await recordAudit(tx, {
    tenantId: user.tenant_id,
    actor: 'system',
    action: 'user.password_reset_sent',
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
