/** What this package needs of a database: the shape that `Sql` and `SqlTransaction` of `@holdfast/database` have. */
export interface Sql {
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
  get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>
  run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }>
}

export interface SqlTransaction extends Sql {
  /** Calls `write` before COMMIT, once with all that the works which share the transaction hand in to it. What it throws undoes the transaction. */
  beforeCommit<Item>(write: (tx: Sql, items: readonly Item[]) => Promise<void>, item: Item): void
}

export type SqlValue = string | number | bigint | null | Uint8Array
