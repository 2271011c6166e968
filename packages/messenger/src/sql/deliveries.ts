import type { Database, SqlTransaction } from '../database.ts'
import type { Deliveries, StoredMessage } from '../transport.ts'
import { messageColumns, selection } from './columns.ts'

const message = selection(messageColumns)

const dueText = `SELECT ${message} FROM message WHERE state = 'pending' AND lane = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`
const lapsedText = `SELECT ${message} FROM message WHERE state = 'leased' AND lane = ? AND lease_until <= ? ORDER BY lease_until, id LIMIT ?`
const nextText = `SELECT
  (SELECT MIN(due_at) FROM message WHERE state = 'pending' AND lane = ?) AS due_at,
  (SELECT MIN(lease_until) FROM message WHERE state = 'leased' AND lane = ?) AS lease_until`

interface NextRow {
  readonly due_at: number | null
  readonly lease_until: number | null
}

/**
 * The worker takes due rows itself. On SQLite the one writer is lock enough; on MySQL workers pass by the rows that another one is taking,
 * on the same node. The compare-and-set of a claim decides all the same.
 */
export const deliveries = ({ read, dialect }: Pick<Database, 'read' | 'dialect'>): Deliveries<SqlTransaction> => ({
  nextAt: async (lane) => {
    const row = await read.get<NextRow>(nextText, [lane, lane])
    const instants = [row?.due_at, row?.lease_until].filter((instant) => typeof instant === 'number')
    return instants.length === 0 ? undefined : Math.min(...instants)
  },
  due: (tx, lane, now, limit) => tx.all<StoredMessage>(dueText + lockingOn(dialect), [lane, now, limit]),
  lapsed: lapsedOn(dialect),
})

export const lapsedOn =
  (dialect: string): Deliveries<SqlTransaction>['lapsed'] =>
  (tx, lane, now, limit) =>
    tx.all<StoredMessage>(lapsedText + lockingOn(dialect), [lane, now, limit])

/** Passes by rows that somebody else is taking at the moment, where the engine locks rows. */
export const lockingOn = (dialect: string) => (dialect === 'mysql' ? ' FOR UPDATE SKIP LOCKED' : '')
