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
  const row = await readFailures(tx.sql, hash)
  const recent = row !== undefined && tx.now - row.last_failed_at < failureMemoryMs
  const failures = recent ? row.failures + 1 : 1
  const lockedUntil = failures < failuresAllowed ? 0 : tx.now + lockMs(failures)
  if (row === undefined) {
    try {
      await tx.sql.run('INSERT INTO log_in_failure (email_hash, failures, last_failed_at, locked_until) VALUES (?, ?, ?, ?)', [
        hash,
        failures,
        tx.now,
        lockedUntil,
      ])
      return
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error
    }
  }
  await tx.sql.run('UPDATE log_in_failure SET failures = ?, last_failed_at = ?, locked_until = ? WHERE email_hash = ?', [
    failures,
    tx.now,
    lockedUntil,
    hash,
  ])
}

export async function clearFailures(tx: Tx, email: string): Promise<void> {
  await tx.sql.run('DELETE FROM log_in_failure WHERE email_hash = ?', [hashEmail(email)])
}

const lockMs = (failures: number) => Math.min(firstLockMs * 2 ** (failures - failuresAllowed), longestLockMs)
