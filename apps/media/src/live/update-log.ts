import { z } from 'zod'
import type { Sql, Tx } from '../kernel/tx.ts'
import { readersOf } from '../media/sharing/readers-of.ts'
import { fileTopics } from './file-topics.ts'
import type { Update } from './update.ts'

/** An update with its place in the one order that all processes see. */
export interface LoggedUpdate extends Update {
  readonly position: number
}

interface UpdateRow {
  readonly position: number
  readonly id: string
  readonly file_id: string | null
  readonly tenant_id: string | null
  readonly visible_to: string | null
  readonly topics: string
  readonly is_private: number
  readonly type: string | null
  readonly retry_ms: number | null
  readonly data: string
}

/**
 * Adds an update; one whose id is there already is added no second time, which is answered by false. The row of the head is taken until the
 * commit, so that positions have no gaps and none is seen after a later one: who reads on from the last position has missed nothing.
 */
export async function appendUpdate({ sql, now }: Pick<Tx, 'sql' | 'now'>, update: Update): Promise<boolean> {
  await sql.run('UPDATE live_head SET position = position + 1 WHERE id = 1')
  if ((await findPosition(sql, update.id)) !== undefined) {
    await sql.run('UPDATE live_head SET position = position - 1 WHERE id = 1')
    return false
  }
  const columns = 'position, id, file_id, topics, is_private, type, retry_ms, data, at'
  await sql.run(`INSERT INTO live_update (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, [
    await headPosition(sql),
    update.id,
    update.fileId ?? null,
    JSON.stringify(update.fileId === undefined ? update.topics : []),
    update.isPrivate ? 1 : 0,
    update.type ?? null,
    update.retryMs ?? null,
    update.data,
    now,
  ])
  return true
}

/** The position of the newest update; 0 where there was none. */
export async function headPosition(sql: Sql): Promise<number> {
  return (await sql.get<{ position: number }>('SELECT position FROM live_head WHERE id = 1'))?.position ?? 0
}

/** The newest update that is kept; undefined where there is none. */
export async function lastUpdateId(sql: Sql): Promise<string | undefined> {
  return (await sql.get<{ id: string }>('SELECT id FROM live_update ORDER BY position DESC LIMIT 1'))?.id
}

/** Undefined where there is no such update, or none any more. */
export async function findUpdate(sql: Sql, id: string): Promise<LoggedUpdate | undefined> {
  const [update] = await findUpdates(sql, `${selectUpdates} WHERE u.id = ?`, [id])
  return update
}

/** The same. */
export async function findPosition(sql: Sql, id: string): Promise<number | undefined> {
  return (await sql.get<{ position: number }>('SELECT position FROM live_update WHERE id = ?', [id]))?.position
}

/** The updates after a position, in order. Those of a file have the topics of whoever may see it now; of one that is no more, none. */
export function readUpdates(sql: Sql, afterPosition: number, limit: number): Promise<LoggedUpdate[]> {
  return findUpdates(sql, `${selectUpdates} WHERE u.position > ? ORDER BY u.position LIMIT ?`, [afterPosition, limit])
}

async function findUpdates(sql: Sql, text: string, values: readonly (string | number)[]): Promise<LoggedUpdate[]> {
  const rows = await sql.all<UpdateRow>(text, values)
  const ofPrivate = rows.filter((row) => row.visible_to !== null).map((row) => row.file_id)
  const readers = await readersOf(sql, [...new Set(ofPrivate.filter((id) => id !== null))])
  return rows.map((row) => toUpdate(row, readers.get(row.file_id ?? '')))
}

const selectUpdates = `SELECT u.position, u.id, u.file_id, f.tenant_id, f.visible_to, u.topics, u.is_private, u.type, u.retry_ms, u.data
                         FROM live_update u LEFT JOIN file f ON f.id = u.file_id`

/** Forgets updates from before an instant, the oldest first. Answers how many. */
export async function pruneUpdates({ sql }: Pick<Tx, 'sql'>, beforeMs: number, limit: number): Promise<number> {
  const text = 'SELECT position, at FROM live_update ORDER BY position LIMIT ?'
  const oldest = await sql.all<{ position: number; at: number }>(text, [limit])
  const last = oldest.filter(({ at }) => at < beforeMs).at(-1)
  return last === undefined ? 0 : (await sql.run('DELETE FROM live_update WHERE position <= ?', [last.position])).changes
}

/** The same for what tells of who listens, wherever it stands: soon it is worth nothing. */
export async function pruneSubscriptionUpdates({ sql }: Pick<Tx, 'sql'>, beforeMs: number, limit: number): Promise<number> {
  const text = 'SELECT position FROM live_update WHERE id LIKE ? AND at < ? ORDER BY id LIMIT ?'
  const rows = await sql.all<{ position: number }>(text, [`${subscriptionIds}%`, beforeMs, limit])
  for (const { position } of rows) await sql.run('DELETE FROM live_update WHERE position = ?', [position])
  return rows.length
}

/** What the ids of those begin with. */
export const subscriptionIds = 'urn:holdfast:subscription:'

const topicsOf = z.array(z.string())

const toUpdate = (row: UpdateRow, readers: readonly string[] | undefined): LoggedUpdate => ({
  position: row.position,
  id: row.id,
  topics: row.file_id === null ? topicsOf.parse(JSON.parse(row.topics)) : topicsNow(row.file_id, row, readers),
  isPrivate: row.is_private === 1,
  ...(row.type !== null && { type: row.type }),
  ...(row.retry_ms !== null && { retryMs: row.retry_ms }),
  data: row.data,
})

const topicsNow = (
  id: string,
  { tenant_id: tenantId, visible_to: visibleTo }: UpdateRow,
  readers: readonly string[] | undefined,
): string[] => (tenantId === null ? [] : fileTopics({ id, tenantId, visibleTo }, readers))
