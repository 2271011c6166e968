import type { Sql } from '../database.ts'
import type { FailedAttempt, LaneStats, MessageReads, StoredMessage } from '../transport.ts'
import { attemptColumns, messageColumns, selection } from './columns.ts'

const message = selection(messageColumns)
const attempt = selection(attemptColumns)

const pageText = `SELECT ${message} FROM message
  WHERE state = ? AND lane = ? AND (due_at > ? OR (due_at = ? AND id > ?)) AND (? IS NULL OR name = ?) AND (? IS NULL OR tenant = ?)
  ORDER BY due_at, id LIMIT ?`

const pendingOfLane = `FROM message WHERE state = 'pending' AND message.lane = held.lane AND due_at`

/** Each count is one range of an index, read once and sorted by nobody: hundreds of thousands may wait. */
const statsText = `
  WITH RECURSIVE held (lane) AS (
    SELECT MIN(lane) FROM message WHERE state = 'pending'
    UNION ALL SELECT (SELECT MIN(lane) FROM message WHERE state = 'pending' AND lane > held.lane) FROM held WHERE held.lane IS NOT NULL
  )
  SELECT lane, 'waiting' AS is_now, (SELECT COUNT(*) ${pendingOfLane} <= ?) AS many, (SELECT MIN(due_at) ${pendingOfLane} <= ?) AS since
    FROM held WHERE lane IS NOT NULL
  UNION ALL SELECT lane, 'delayed', (SELECT COUNT(*) ${pendingOfLane} > ?), (SELECT MIN(due_at) ${pendingOfLane} > ?)
    FROM held WHERE lane IS NOT NULL
  UNION ALL SELECT lane, 'dispatched', COUNT(*), MIN(due_at) FROM message WHERE state = 'dispatched' GROUP BY lane
  UNION ALL SELECT lane, 'running', COUNT(*), MIN(started_at) FROM message WHERE state = 'leased' GROUP BY lane
  UNION ALL SELECT lane, 'failed', COUNT(*), MIN(handled_at) FROM message WHERE state = 'failed' GROUP BY lane
  UNION ALL SELECT lane, 'handled', COUNT(*), MIN(handled_at) FROM message WHERE state = 'done' AND handled_at > ? GROUP BY lane`

interface StatsRow {
  readonly lane: string
  readonly is_now: 'waiting' | 'delayed' | 'dispatched' | 'running' | 'failed' | 'handled'
  readonly many: number
  /** Null where there are none. */
  readonly since: number | null
}

export const messageReads = (sql: Sql): MessageReads => ({
  find: (id) => sql.get<StoredMessage>(`SELECT ${message} FROM message WHERE id = ?`, [id]),
  failedAttempts: (messageId) =>
    sql.all<FailedAttempt>(`SELECT ${attempt} FROM message_attempt WHERE message_id = ? ORDER BY id`, [messageId]),
  page: ({ state, lane, name, tenant, after, limit }) =>
    sql.all<StoredMessage>(pageText, [state, lane, after.dueAt, after.dueAt, after.id, name, name, tenant, tenant, limit]),
  ofStory: (correlationId, limit) =>
    sql.all<StoredMessage>(`SELECT ${message} FROM message WHERE correlation_id = ? ORDER BY created_at, id LIMIT ?`, [
      correlationId,
      limit,
    ]),
  handledBefore: async (state, instant, limit) => {
    const text = 'SELECT id FROM message WHERE state = ? AND handled_at < ? ORDER BY handled_at LIMIT ?'
    const rows = await sql.all<{ id: string }>(text, [state, instant, limit])
    return rows.map(({ id }) => id)
  },
  stats: async (now) => {
    const rows = await sql.all<StatsRow>(statsText, [now, now, now, now, now - 60_000])
    return [...Map.groupBy(rows, ({ lane }) => lane)].map(([lane, ofLane]) => laneStats(lane, ofLane))
  },
})

function laneStats(lane: string, rows: readonly StatsRow[]): LaneStats {
  const many = (is: StatsRow['is_now']) => rows.find((each) => each.is_now === is)?.many ?? 0
  const since = (...are: readonly StatsRow['is_now'][]) => {
    const instants = rows
      .filter(({ is_now, since: instant }) => instant !== null && are.includes(is_now))
      .map(({ since: instant }) => Number(instant))
    return instants.length === 0 ? null : Math.min(...instants)
  }
  return {
    lane,
    waiting: many('waiting') + many('dispatched'),
    dispatched: many('dispatched'),
    delayed: many('delayed'),
    running: many('running'),
    failed: many('failed'),
    handledLastMinute: many('handled'),
    oldestWaitingAt: since('waiting', 'dispatched'),
    oldestRunningAt: since('running'),
    oldestFailedAt: since('failed'),
    nextDueAt: since('delayed'),
  }
}
