import type { Row } from '@holdfast/database'

/** Noted in the messages that are left to an operator. */
const reason = 'restored from a backup: it may have been sent since, so it is not sent again by itself'

/** What was going on at that moment, and is not any more; and what was seen of another store. */
const ofThatMoment = new Set(['house_sweep', 'lease', 'live_process', 'live_subscription', 'password_reset', 'stray_key'])

/** Written at the very end: they open the house. */
export const openingTables: ReadonlySet<string> = new Set(['house_key', 'house_store'])

/**
 * A row as it stands in a restored house, or undefined where it stands there no more.
 * - Sessions are ended: one that was ended since, or whose token was stolen and used, must not come to life again.
 * - Mails that had not been sent are left with the failed messages, for an operator to decide: those of that moment were sent soon after it.
 * - What a broker held is due again: it may be another broker. A message takes effect once whoever brings it.
 */
export function asRestored(table: string, row: Row, nowMs: number): Row | undefined {
  if (ofThatMoment.has(table)) return undefined
  if (table === 'session') return { ...row, revoked_at: row['revoked_at'] ?? nowMs }
  if (table === 'message' && isUnfinished(row)) return { ...row, ...unfinished(row, nowMs) }
  return row
}

const isUnfinished = ({ state }: Row) => state === 'pending' || state === 'dispatched' || state === 'leased'

function unfinished({ name }: Row, nowMs: number): Row {
  const idle = { lease_token: null, lease_until: null, dispatched_at: null }
  if (!String(name).startsWith('mail.')) return { ...idle, state: 'pending' }
  return { ...idle, state: 'failed', handled_at: nowMs, last_error: reason }
}
