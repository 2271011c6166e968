import type { InTransaction, Sql } from '../kernel/tx.ts'
import { purgeComingMail } from './messages.ts'
import { findNotice, recordNotice } from './notice.ts'
import { isComing } from './purge-coming.ts'

const dayMs = 24 * 3_600_000

export interface TellPurgesDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
}

export interface PurgeNotice {
  readonly nowMs: number
  /** How long before it is due a purge is told of, at least. */
  readonly noticeMs: number
  /** Users at most. */
  readonly limit: number
}

/**
 * Tells owners of files that will soon leave the trash for good: each file once, and nobody more often than once a day, so that a mail tells of
 * all that comes due before the next one. Answers how many users. May be repeated.
 */
export async function tellPurges(deps: TellPurgesDeps, { nowMs, noticeMs, limit }: PurgeNotice): Promise<number> {
  const owners = await deps.read.all<{ userId: string }>(
    `SELECT DISTINCT file.owner_id AS userId FROM file
       LEFT JOIN mail_notice AS notice ON notice.kind = 'purge-coming' AND notice.subject_id = file.owner_id
      WHERE ${isComing}
        AND (notice.told_at IS NULL OR (notice.told_at <= ? AND (file.trashed_at >= notice.told_at OR file.purge_at > notice.told)))
      LIMIT ?`,
    [nowMs + noticeMs, nowMs - dayMs, limit],
  )
  let told = 0
  for (const { userId } of owners) if (await tellOwner(deps, userId, nowMs, nowMs + noticeMs + dayMs)) told++
  return told
}

async function tellOwner({ inTransaction }: TellPurgesDeps, userId: string, nowMs: number, dueUntil: number): Promise<boolean> {
  return inTransaction(async (tx) => {
    const notice = { kind: 'purge-coming', subjectId: userId } as const
    const before = await findNotice(tx.sql, notice)
    if (before !== undefined && before.at > nowMs - dayMs) return false
    if (!(await recordNotice(tx, notice, before, { at: nowMs, told: dueUntil }))) return false
    const { at: toldAt, told: toldUntil } = before ?? { at: 0, told: 0 }
    await tx.outbox.dispatch(purgeComingMail, { userId, dueUntil, toldAt, toldUntil })
    return true
  })
}
