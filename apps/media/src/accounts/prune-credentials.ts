import type { InTransaction } from '../kernel/tx.ts'
import { failureMemoryMs } from './lock-out.ts'
import { resetMemoryMs } from './password-reset.ts'

const dayMs = 24 * 3_600_000

/**
 * Removes refresh tokens and sessions that ran out over a day ago (no access token lives as long), and failed log-ins and resets of passwords that no
 * longer count. Gives how many rows went; called again while that is not 0. For the periodic work.
 */
export async function pruneCredentials(deps: { readonly inTransaction: InTransaction }, maxRows = 500): Promise<number> {
  return deps.inTransaction(async ({ sql, now }) => {
    const tokens = await sql.all<{ hash: string }>('SELECT hash FROM refresh_token WHERE expires_at < ? LIMIT ?', [now - dayMs, maxRows])
    const sessions = await sql.all<{ id: string }>('SELECT id FROM session WHERE expires_at < ? LIMIT ?', [now - dayMs, maxRows])
    const failures = await sql.all<{ email_hash: string; source_hash: string }>(
      'SELECT email_hash, source_hash FROM log_in_failure WHERE last_failed_at < ? LIMIT ?',
      [now - failureMemoryMs, maxRows],
    )
    const resets = await sql.all<{ id: string }>('SELECT id FROM password_reset WHERE created_at < ? AND expires_at <= ? LIMIT ?', [
      now - resetMemoryMs,
      now,
      maxRows,
    ])
    for (const { hash } of tokens) await sql.run('DELETE FROM refresh_token WHERE hash = ?', [hash])
    for (const { id } of sessions) await sql.run('DELETE FROM session WHERE id = ?', [id])
    for (const { email_hash, source_hash } of failures) {
      await sql.run('DELETE FROM log_in_failure WHERE email_hash = ? AND source_hash = ?', [email_hash, source_hash])
    }
    for (const { id } of resets) await sql.run('DELETE FROM password_reset WHERE id = ?', [id])
    return tokens.length + sessions.length + failures.length + resets.length
  })
}
