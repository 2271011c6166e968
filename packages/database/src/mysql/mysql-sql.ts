import type { QueryResult } from 'mysql2'
import type { Sql, SqlValue } from '../sql.ts'
import type { MysqlPool } from './mysql-pool.ts'

type Execute = (text: string, values?: readonly SqlValue[]) => Promise<QueryResult>

/** Statements that are each on their own, on whichever connection is free. */
export const pooledSql = (pool: MysqlPool): Sql => sqlOf((text, values) => pool.use((connection) => connection.execute(text, values)))

export function sqlOf(execute: Execute): Sql {
  return {
    all: async <Row>(text: string, values?: readonly SqlValue[]) => allRows<Row>(await execute(text, values)),
    get: async <Row>(text: string, values?: readonly SqlValue[]) => allRows<Row>(await execute(text, values))[0],
    run: async (text, values) => changesOf(await execute(text, values)),
  }
}

export const allRows = <Row>(result: QueryResult): Row[] => (Array.isArray(result) ? (result as Row[]) : [])

export const changesOf = (result: QueryResult): { readonly changes: number } => ({
  changes: 'affectedRows' in result ? result.affectedRows : 0,
})
