import type { Sql, SqlTransaction, SqlValue } from '../database.ts'
import type { Change, Expected, StoredMessage } from '../transport.ts'
import { insertion, messageColumns, properties } from './columns.ts'

/** A new message that reaches the table with the COMMIT of its transaction. */
interface Staged {
  message: StoredMessage
}

const stagedBy = new WeakMap<SqlTransaction, Map<string, Staged>>()
const messageProperties = properties(messageColumns)
/** In one statement. */
const mostRows = 64

/** Travels with those of other transactions that share the COMMIT. */
export function stageInsert(tx: SqlTransaction, message: StoredMessage): void {
  const staged = { message }
  const ofTransaction = stagedBy.get(tx) ?? new Map<string, Staged>()
  stagedBy.set(tx, ofTransaction.set(message.id, staged))
  tx.beforeCommit(insertStaged, staged)
}

/** Whether a message that was staged in this transaction was moved; undefined when there is no such. */
export function moveStaged(tx: SqlTransaction, id: string, expected: Expected, change: Change): boolean | undefined {
  const staged = stagedBy.get(tx)?.get(id)
  if (staged === undefined) return undefined
  const { message } = staged
  const isExpected = Object.entries(expected).every(([property, value]) => message[property as keyof StoredMessage] === value)
  if (isExpected) staged.message = { ...message, ...change }
  return isExpected
}

export async function insertMessage(tx: Sql, message: StoredMessage): Promise<void> {
  await tx.run(insertText(1), valuesOf(message))
}

async function insertStaged(tx: Sql, staged: readonly Staged[]): Promise<void> {
  for (let first = 0; first < staged.length; first += mostRows) {
    const rows = staged.slice(first, first + mostRows)
    const values = rows.flatMap(({ message }) => valuesOf(message))
    await tx.run(insertText(rows.length), values)
  }
}

const insertText = (rows: number) => insertion('message', messageColumns, rows)

const valuesOf = (message: StoredMessage): SqlValue[] => messageProperties.map((property) => message[property])
