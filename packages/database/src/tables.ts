import type { Database, Sql } from './sql.ts'

export interface Table {
  readonly name: string
  /** Its columns in order: rows are read and told apart by them. */
  readonly primaryKey: readonly string[]
}

/** What a table's rows are, and where they refer to: of the tables that migrations made, without what the engine keeps for itself. */
const queries = {
  sqlite: {
    // What a virtual table keeps is of the type 'shadow'.
    keys: `SELECT of.name AS "table", info.name AS "column" FROM pragma_table_list AS of JOIN pragma_table_info(of.name) AS info
            WHERE of.schema = 'main' AND of.type = 'table' AND of.name NOT LIKE 'sqlite%' AND info.pk > 0 ORDER BY of.name, info.pk`,
    references: `SELECT master.name AS "table" FROM sqlite_master AS master JOIN pragma_foreign_key_list(master.name) WHERE master.type = 'table'`,
  },
  mysql: {
    keys: `SELECT table_name AS "table", column_name AS "column" FROM information_schema.key_column_usage
            WHERE table_schema = DATABASE() AND constraint_name = 'PRIMARY' ORDER BY table_name, ordinal_position`,
    references: `SELECT table_name AS "table" FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE()`,
  },
} as const

/** The ledger of the migrations is none of the content. */
const ownTables = new Set(['migration', 'migration_lease'])

/** Those with content, such as refer to others after all that do not. A table without a primary key has no place in it: no migration makes one. */
export async function listTables(sql: Pick<Sql, 'all'>, dialect: Database['dialect']): Promise<Table[]> {
  const { keys, references } = queries[dialect]
  const columns = await sql.all<{ readonly table: string; readonly column: string }>(keys)
  const referring = new Set((await sql.all<{ readonly table: string }>(references)).map(({ table }) => table))
  const tables = [...Map.groupBy(columns, ({ table }) => table)]
    .filter(([name]) => !ownTables.has(name))
    .map(([name, of]) => ({ name, primaryKey: of.map(({ column }) => column) }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return [...tables.filter(({ name }) => !referring.has(name)), ...tables.filter(({ name }) => referring.has(name))]
}
