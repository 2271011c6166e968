import type { Database, Sql, SqlValue } from './sql.ts'
import type { Table } from './tables.ts'

export type Row = Readonly<Record<string, SqlValue>>

/** So many at once: a row may hold a few hundred kilobytes. */
const pageRows = 200

/** The rows of a table in the order of its primary key, a page at a time. */
export async function* readRows(view: Pick<Sql, 'all'>, { name, primaryKey }: Table): AsyncGenerator<Row[]> {
  const order = primaryKey.map(quoted).join(', ')
  for (let last: Row | undefined; ; ) {
    const { condition, values } = last === undefined ? { condition: '1 = 1', values: [] } : after(primaryKey, last)
    const rows = await view.all<Row>(`SELECT * FROM ${quoted(name)} WHERE ${condition} ORDER BY ${order} LIMIT ${pageRows}`, values)
    if (rows.length > 0) yield rows
    last = rows.at(-1)
    if (rows.length < pageRows) return
  }
}

/** As `a > ? OR (a = ? AND b > ?)`: of row values MySQL makes no range. */
function after(primaryKey: readonly string[], last: Row): { condition: string; values: SqlValue[] } {
  const conditions = primaryKey.map((column, at) => [
    ...primaryKey.slice(0, at).map((before) => `${quoted(before)} = ?`),
    `${quoted(column)} > ?`,
  ])
  const values = primaryKey.flatMap((_, at) => primaryKey.slice(0, at + 1).map((column) => last[column] ?? null))
  return { condition: conditions.map((parts) => `(${parts.join(' AND ')})`).join(' OR '), values }
}

/** Each statement is a text of its own length: few lengths, so that few are kept. */
const insertRows = 20

/** Adds them in one transaction. All have the same columns. */
export async function insertAll(database: Pick<Database, 'transaction'>, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const place = `(${columns.map(() => '?').join(', ')})`
  const insert = (tx: Sql, some: readonly Row[]) =>
    tx.run(
      `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')}) VALUES ${some.map(() => place).join(', ')}`,
      some.flatMap((row) => columns.map((column) => row[column] ?? null)),
    )
  await database.transaction(async (tx) => {
    const whole = rows.length - (rows.length % insertRows)
    for (let at = 0; at < whole; at += insertRows) await insert(tx, rows.slice(at, at + insertRows))
    for (const row of rows.slice(whole)) await insert(tx, [row])
  })
}

export const deleteAll = (sql: Pick<Sql, 'run'>, table: string) => sql.run(`DELETE FROM ${quoted(table)}`)

/** Quoted as both engines take it: MySQL by its mode ANSI_QUOTES. */
const quoted = (name: string): string => `"${name}"`
