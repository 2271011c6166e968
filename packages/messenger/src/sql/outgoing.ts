import type { Database, SqlTransaction } from '../database.ts'
import type { Outgoing, OutgoingClaim, StoredMessage } from '../transport.ts'
import { messageColumns, selection } from './columns.ts'
import { lockingOn } from './deliveries.ts'
import { idList } from './id-list.ts'

const message = selection(messageColumns)

const dueText = `SELECT ${message} FROM message WHERE state = 'pending' AND lane = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`
const nextText = `SELECT MIN(due_at) AS due_at FROM message WHERE state = 'pending' AND lane = ?`
const backText = `UPDATE message SET state = 'pending', lease_token = NULL, lease_until = NULL WHERE state = 'dispatched'`

/** Relays at the same time take different rows where the engine can lock them; the compare-and-set decides all the same. */
export const outgoing = ({ read, dialect }: Pick<Database, 'read' | 'dialect'>): Outgoing<SqlTransaction> => ({
  nextAt: async (lane) => (await read.get<{ due_at: number | null }>(nextText, [lane]))?.due_at ?? undefined,
  claim: async (tx, claim) => {
    const due = await tx.all<StoredMessage>(dueText + lockingOn(dialect), [claim.lane, claim.now, claim.limit])
    if (due.length === 0) return []
    const { changes } = await dispatch(tx, due, claim)
    if (changes === due.length) return due
    const ours = await idsUnder(tx, due, claim.token)
    return due.filter(({ id }) => ours.has(id))
  },
  confirm: async (tx, token, ids, leaseUntil) => {
    const { marks, values } = idList(ids)
    const text = `UPDATE message SET lease_until = ?, lease_token = NULL WHERE state = 'dispatched' AND lease_token = ? AND id IN (${marks})`
    await tx.run(text, [leaseUntil, token, ...values])
  },
  release: async (tx, token, ids) => {
    const { marks, values } = idList(ids)
    await tx.run(`${backText} AND lease_token = ? AND id IN (${marks})`, [token, ...values])
  },
  reclaim: async (tx, lane, now) => {
    const { changes } = await tx.run(`${backText} AND lane = ? AND lease_until <= ?`, [lane, now])
    return changes
  },
})

function dispatch(tx: SqlTransaction, due: readonly StoredMessage[], { now, token, leaseUntil }: OutgoingClaim) {
  const { marks, values } = idList(due.map(({ id }) => id))
  const text = `UPDATE message SET state = 'dispatched', dispatched_at = ?, lease_token = ?, lease_until = ?
    WHERE state = 'pending' AND id IN (${marks})`
  return tx.run(text, [now, token, leaseUntil, ...values])
}

async function idsUnder(tx: SqlTransaction, due: readonly StoredMessage[], token: string): Promise<Set<string>> {
  const { marks, values } = idList(due.map(({ id }) => id))
  const rows = await tx.all<{ id: string }>(`SELECT id FROM message WHERE lease_token = ? AND id IN (${marks})`, [token, ...values])
  return new Set(rows.map(({ id }) => id))
}
