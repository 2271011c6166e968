import type { Database, SqlTransaction } from '../database.ts'
import type { DueRows, StoredMessage } from '../transport.ts'
import { messageColumns, selection } from './columns.ts'
import { lockingOn } from './deliveries.ts'
import { messageWrites } from './message-writes.ts'

const message = selection(messageColumns)

const dueText = `SELECT ${message} FROM message WHERE state = 'pending' AND lane = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`
const nextText = `SELECT MIN(due_at) AS due_at FROM message WHERE state = 'pending' AND lane = ?`
const backText = `UPDATE message SET state = 'pending', lease_token = NULL, lease_until = NULL WHERE state = 'dispatched'`

export interface SqlDueRows extends DueRows<SqlTransaction> {
  /** Whatever the broker confirmed of these lanes is pending again: it came back without their queues. */
  reclaimConfirmed(tx: SqlTransaction, lanes: readonly string[]): Promise<void>
}

/** Relays at the same time take different rows where the engine can lock them; the compare-and-set decides all the same. */
export const dueRows = ({ read, dialect }: Pick<Database, 'read' | 'dialect'>): SqlDueRows => ({
  nextAt: async (lane) => (await read.get<{ due_at: number | null }>(nextText, [lane]))?.due_at ?? undefined,
  claim: async (tx, claim) => {
    const due = await tx.all<StoredMessage>(dueText + lockingOn(dialect), [claim.lane, claim.now, claim.limit])
    if (due.length === 0) return []
    const ids = due.map(({ id }) => id)
    const change = { state: 'dispatched', dispatchedAt: claim.now, leaseToken: claim.token, leaseUntil: claim.leaseUntil } as const
    const moved = await messageWrites.moveAll(tx, ids, { state: 'pending' }, change)
    if (moved === ids.length) return due
    const ours = await messageWrites.heldUnder(tx, ids, claim.token)
    return due.filter(({ id }) => ours.has(id))
  },
  reclaim: async (tx, lane, now) => {
    const { changes } = await tx.run(`${backText} AND lane = ? AND lease_until <= ?`, [lane, now])
    return changes
  },
  reclaimConfirmed: async (tx, lanes) => {
    for (const lane of lanes) await tx.run(`${backText} AND lane = ? AND lease_token IS NULL`, [lane])
  },
})
