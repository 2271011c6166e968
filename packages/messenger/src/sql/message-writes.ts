import type { SqlTransaction } from '../database.ts'
import type { Change, Expected, FailedAttempt, MessageWrites, StoredMessage } from '../transport.ts'
import { attemptColumns, insertion, messageColumns, properties } from './columns.ts'
import { idList } from './id-list.ts'
import { insertMessage, moveStaged, stageInsert } from './staged-inserts.ts'

const insertAttempt = insertion('message_attempt', attemptColumns)
const attemptProperties = properties(attemptColumns)

export const messageWrites: MessageWrites<SqlTransaction> = {
  insert: async (tx, message) => {
    if (message.dedupeKey === null) {
      stageInsert(tx, message)
      return message.id
    }
    try {
      await insertMessage(tx, message)
      return message.id
    } catch (error) {
      const taken = isUniqueViolation(error) ? await idOfDedupeKey(tx, message) : undefined
      if (taken === undefined) throw error
      return taken
    }
  },
  move: async (tx, id, expected, change) => {
    const isMoved = moveStaged(tx, id, expected, change)
    if (isMoved !== undefined) return isMoved
    const { changes } = await tx.run(moveText(expected, change, 'id = ?'), [...Object.values(change), id, ...Object.values(expected)])
    return changes === 1
  },
  moveAll: async (tx, ids, expected, change) => {
    const { marks, values } = idList(ids)
    const text = moveText(expected, change, `id IN (${marks})`)
    const { changes } = await tx.run(text, [...Object.values(change), ...values, ...Object.values(expected)])
    return changes
  },
  heldUnder: async (tx, ids, leaseToken) => {
    const { marks, values } = idList(ids)
    const rows = await tx.all<{ id: string }>(`SELECT id FROM message WHERE id IN (${marks}) AND lease_token = ?`, [...values, leaseToken])
    return new Set(rows.map(({ id }) => id))
  },
  addFailedAttempt: async (tx, attempt: FailedAttempt) => {
    await tx.run(
      insertAttempt,
      attemptProperties.map((property) => attempt[property]),
    )
  },
  remove: async (tx, id, state) => {
    const { changes } = await tx.run('DELETE FROM message WHERE id = ? AND state = ?', [id, state])
    if (changes === 1) await tx.run('DELETE FROM message_attempt WHERE message_id = ?', [id])
    return changes === 1
  },
}

function moveText(expected: Expected, change: Change, which: string): string {
  const set = Object.keys(change).map((property) => `${column(property)} = ?`)
  const where = Object.keys(expected).map((property) => `${column(property)} = ?`)
  return `UPDATE message SET ${set.join(', ')} WHERE ${which} AND ${where.join(' AND ')}`
}

const column = (property: string) => messageColumns[property as keyof StoredMessage]

async function idOfDedupeKey(tx: SqlTransaction, { name, dedupeKey }: StoredMessage): Promise<string | undefined> {
  if (dedupeKey === null) return undefined
  const row = await tx.get<{ id: string }>('SELECT id FROM message WHERE name = ? AND dedupe_key = ?', [name, dedupeKey])
  return row?.id
}

const isUniqueViolation = (error: unknown) => error instanceof Error && error.name === 'UniqueViolation'
