import { type Sql, UniqueViolation } from '@holdfast/database'
import type { Tx } from '../kernel/tx.ts'

/** What was told by mail because of the clock, so that it is told once. */
export interface Notice {
  readonly kind: 'purge-coming' | 'quota-nearly-full' | 'failed-messages'
  readonly subjectId: string
}

export interface Told {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly told: number
}

export async function findNotice(sql: Sql, { kind, subjectId }: Notice): Promise<Told | undefined> {
  return sql.get<Told>('SELECT told_at AS at, told FROM mail_notice WHERE kind = ? AND subject_id = ?', [kind, subjectId])
}

/** Replaces what was told before. False: another process was first. */
export async function recordNotice({ sql }: Tx, { kind, subjectId }: Notice, before: Told | undefined, now: Told): Promise<boolean> {
  if (before !== undefined) {
    const { changes } = await sql.run(
      'UPDATE mail_notice SET told_at = ?, told = ? WHERE kind = ? AND subject_id = ? AND told_at = ? AND told = ?',
      [now.at, now.told, kind, subjectId, before.at, before.told],
    )
    return changes === 1
  }
  try {
    await sql.run('INSERT INTO mail_notice (kind, subject_id, told_at, told) VALUES (?, ?, ?, ?)', [kind, subjectId, now.at, now.told])
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}
