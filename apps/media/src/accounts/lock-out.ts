import { createHash } from 'node:crypto'
import { type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { emailKey } from './fields.ts'

const failuresAllowed = 10
const firstLockMs = 30_000
const longestLockMs = 15 * 60_000
/** A failure as old as this is forgotten. */
export const failureMemoryMs = 3_600_000

interface FailureRow {
  readonly failures: number
  readonly last_failed_at: number
  readonly locked_until: number
}

// Addresses that nobody has are locked too, so that a lock does not tell who is a user.
const hashEmail = (email: string) => createHash('sha256').update(emailKey(email)).digest('hex')

const readFailures = (sql: Sql, hash: string) =>
  sql.get<FailureRow>('SELECT failures, last_failed_at, locked_until FROM log_in_failure WHERE email_hash = ?', [hash])

/** Throws `auth.locked_out` with the seconds to wait. */
export async function assertNotLockedOut(sql: Sql, email: string, now: number): Promise<void> {
  const row = await readFailures(sql, hashEmail(email))
  if (row === undefined || row.locked_until <= now) return
  throw new Failure('rate_limited', 'auth.locked_out', 'too many failed log-ins: wait, then try again', {
    retryAfterSeconds: Math.ceil((row.locked_until - now) / 1000),
  })
}

/** After ten in a row each further one locks for twice as long, from half a minute to a quarter of an hour. */
export async function countFailure(tx: Tx, email: string): Promise<void> {
  const hash = hashEmail(email)
  await addFailure(tx, hash)
  const failures = (await readFailures(tx.sql, hash))?.failures ?? 0
  if (failures < failuresAllowed) return
  await tx.sql.run('UPDATE log_in_failure SET locked_until = ? WHERE email_hash = ?', [tx.now + lockMs(failures), hash])
}

/** Counted by the statement, not from what was read before: failures at the same moment would hide each other. */
async function addFailure({ sql, now }: Pick<Tx, 'sql' | 'now'>, hash: string): Promise<void> {
  const { changes } = await sql.run(
    `UPDATE log_in_failure SET failures = CASE WHEN last_failed_at > ? THEN failures + 1 ELSE 1 END, last_failed_at = ?, locked_until = 0
      WHERE email_hash = ?`,
    [now - failureMemoryMs, now, hash],
  )
  if (changes === 1) return
  try {
    await sql.run('INSERT INTO log_in_failure (email_hash, failures, last_failed_at, locked_until) VALUES (?, 1, ?, 0)', [hash, now])
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    await addFailure({ sql, now }, hash)
  }
}

export async function clearFailures(tx: Tx, email: string): Promise<void> {
  await tx.sql.run('DELETE FROM log_in_failure WHERE email_hash = ?', [hashEmail(email)])
}

const lockMs = (failures: number) => Math.min(firstLockMs * 2 ** (failures - failuresAllowed), longestLockMs)
