import type { Database, SqlTransaction } from '../database.ts'
import type { Deliveries, StoredMessage } from '../transport.ts'
import { messageColumns, selection } from './columns.ts'
import { lapsedOn } from './deliveries.ts'
import { idList } from './id-list.ts'

const message = selection(messageColumns)
const lapseText = `SELECT MIN(lease_until) AS lease_until FROM message WHERE state = 'leased' AND lane = ?`

/** The table as a worker sees it to whom a broker says which rows are due. */
export interface DispatchedRows extends Pick<Deliveries<SqlTransaction>, 'lapsed'> {
  find(tx: SqlTransaction, ids: readonly string[]): Promise<ReadonlyMap<string, StoredMessage>>
  /** When the first lease of a lane runs out. */
  lapseAt(lane: string): Promise<number | undefined>
}

export const dispatchedRows = ({ read, dialect }: Pick<Database, 'read' | 'dialect'>): DispatchedRows => ({
  find: async (tx, ids) => {
    if (ids.length === 0) return new Map()
    const { marks, values } = idList(ids)
    const found = await tx.all<StoredMessage>(`SELECT ${message} FROM message WHERE id IN (${marks})`, values)
    return new Map(found.map((each) => [each.id, each]))
  },
  lapseAt: async (lane) => (await read.get<{ lease_until: number | null }>(lapseText, [lane]))?.lease_until ?? undefined,
  lapsed: lapsedOn(dialect),
})
