import { createHash } from 'node:crypto'
import { type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { emailKey } from './fields.ts'
import { knownDevice } from './known-device.ts'
import type { UserRow } from './user.ts'

/** Where a password is tried from: over a network, by a device that may be known; or by somebody who is logged in already. */
export type TriedFrom = { readonly network: string; readonly device: string | undefined } | { readonly credential: string }

/** What a failure counts against. Its lock is one for whatever counts against it too, and for nothing else. */
export interface Guessing {
  readonly emailHash: string
  readonly sourceHash: string
  /** In a row, before it locks. */
  readonly allowed: number
  /** A success shows that they were slips. */
  readonly isForgiven: boolean
}

const failuresAllowed = 10
/** Of all networks together that the user has not logged in from. */
const failuresAllowedStrangers = 100
const firstLockMs = 30_000
const longestLockMs = 15 * 60_000
/** A failure as old as this is forgotten. */
export const failureMemoryMs = 3_600_000

/**
 * What a try counts against. A known device counts by itself, whatever others do; anything else by its network, and where the user has not logged
 * in from there, together with all such networks too: many of them guess no faster than a few.
 */
export async function guessingOf(
  sql: Sql,
  {
    email,
    user,
    from,
    now,
  }: { readonly email: string; readonly user: UserRow | undefined; readonly from: TriedFrom; readonly now: number },
): Promise<readonly Guessing[]> {
  // Addresses that nobody has are locked too, so that a lock does not tell who is a user.
  const emailHash = hashEmail(email)
  const guessing = (source: string, allowed = failuresAllowed, isForgiven = true): Guessing => ({
    ...{ emailHash, allowed, isForgiven },
    sourceHash: createHash('sha256').update(source).digest('hex'),
  })
  if ('credential' in from) return [guessing(`credential ${from.credential}`)]
  const device = knownDevice(user, from.device, now)
  if (device !== undefined) return [guessing(`device ${device}`)]
  const ofNetwork = guessing(`network ${from.network}`)
  if (await hasLoggedInFrom(sql, user?.id ?? '', from.network)) return [ofNetwork]
  return [ofNetwork, guessing('strangers', failuresAllowedStrangers, false)]
}

async function hasLoggedInFrom(sql: Sql, userId: string, network: string): Promise<boolean> {
  return (await sql.get('SELECT 1 FROM session WHERE user_id = ? AND network = ? LIMIT 1', [userId, network])) !== undefined
}

interface FailureRow {
  readonly failures: number
  readonly locked_until: number
}

const hashEmail = (email: string) => createHash('sha256').update(emailKey(email)).digest('hex')

const readFailures = (sql: Sql, { emailHash, sourceHash }: Guessing) =>
  sql.get<FailureRow>('SELECT failures, locked_until FROM log_in_failure WHERE email_hash = ? AND source_hash = ?', [emailHash, sourceHash])

/** Throws `auth.locked_out` with the seconds to wait. */
export async function assertNotLockedOut(sql: Sql, guessings: readonly Guessing[], now: number): Promise<void> {
  const rows = await Promise.all(guessings.map((guessing) => readFailures(sql, guessing)))
  const lockedUntil = Math.max(0, ...rows.map((row) => row?.locked_until ?? 0))
  if (lockedUntil <= now) return
  throw new Failure('rate_limited', 'auth.locked_out', 'too many failed log-ins: wait, then try again', {
    retryAfterSeconds: Math.ceil((lockedUntil - now) / 1000),
  })
}

/** After as many in a row as are allowed each further one locks for twice as long, from half a minute to a quarter of an hour. */
export async function countFailure(tx: Tx, guessings: readonly Guessing[]): Promise<void> {
  for (const guessing of guessings) {
    await addFailure(tx, guessing)
    const beyond = ((await readFailures(tx.sql, guessing))?.failures ?? 0) - guessing.allowed
    if (beyond < 0) continue
    await tx.sql.run('UPDATE log_in_failure SET locked_until = ? WHERE email_hash = ? AND source_hash = ?', [
      tx.now + Math.min(firstLockMs * 2 ** beyond, longestLockMs),
      guessing.emailHash,
      guessing.sourceHash,
    ])
  }
}

/** Counted by the statement, not from what was read before: failures at the same moment would hide each other. */
async function addFailure({ sql, now }: Pick<Tx, 'sql' | 'now'>, guessing: Guessing): Promise<void> {
  const { emailHash, sourceHash } = guessing
  const { changes } = await sql.run(
    `UPDATE log_in_failure SET failures = CASE WHEN last_failed_at > ? THEN failures + 1 ELSE 1 END, last_failed_at = ?, locked_until = 0
      WHERE email_hash = ? AND source_hash = ?`,
    [now - failureMemoryMs, now, emailHash, sourceHash],
  )
  if (changes === 1) return
  try {
    await sql.run('INSERT INTO log_in_failure (email_hash, source_hash, failures, last_failed_at, locked_until) VALUES (?, ?, 1, ?, 0)', [
      emailHash,
      sourceHash,
      now,
    ])
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error
    await addFailure({ sql, now }, guessing)
  }
}

/** After a success from there. What strangers have tried meanwhile goes on counting. */
export async function forgive({ sql }: Tx, guessings: readonly Guessing[]): Promise<void> {
  for (const { emailHash, sourceHash, isForgiven } of guessings) {
    if (isForgiven) await sql.run('DELETE FROM log_in_failure WHERE email_hash = ? AND source_hash = ?', [emailHash, sourceHash])
  }
}

/** With a new password: nothing that was tried before brings anybody nearer to it. */
export async function clearFailures({ sql }: Tx, email: string): Promise<void> {
  await sql.run('DELETE FROM log_in_failure WHERE email_hash = ?', [hashEmail(email)])
}
