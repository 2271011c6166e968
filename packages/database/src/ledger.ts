import { createHash } from 'node:crypto'
import type { Database, Sql } from './sql.ts'

export interface Migration {
  /** The file's name without its ending: `0001-accounts`. Migrations run in the order of their names. */
  readonly name: string
  readonly text: string
}

export interface LedgerRow {
  readonly checksum: string
  /** Null while it is under way, or was cut off: where statements that define tables are no part of a transaction (MySQL). */
  readonly applied_at: number | null
}

const tableQuery = {
  sqlite: "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'",
  mysql: "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'migration'",
} as const

/** The rows of the table `migration` by name. None where there is no such table yet: asking makes none. */
export async function readLedger(sql: Pick<Sql, 'all' | 'get'>, dialect: Database['dialect']): Promise<ReadonlyMap<string, LedgerRow>> {
  const exists = await sql.get(tableQuery[dialect])
  if (exists === undefined) return new Map()
  const rows = await sql.all<LedgerRow & { readonly name: string }>('SELECT name, checksum, applied_at FROM migration')
  return new Map(rows.map((row) => [row.name, row]))
}

export function assertUnchanged(migration: Migration, row: Pick<LedgerRow, 'checksum'> | undefined): void {
  if (row === undefined || row.checksum === checksum(migration)) return
  throw new Error(`migration ${migration.name} was changed after it had been applied: add a new one instead`)
}

export const checksum = ({ text }: Migration): string => createHash('sha256').update(text).digest('hex')
