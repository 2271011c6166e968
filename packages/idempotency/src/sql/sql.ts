/** What this package needs of a database: the shape that `Sql` and `SqlTransaction` of `@holdfast/database` have. */
export interface Sql {
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
  get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>
  run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }>
}

export type SqlValue = string | number | bigint | null | Uint8Array
