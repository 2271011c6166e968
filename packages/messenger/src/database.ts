/** The part of a SQL database that the transport needs. `@holdfast/database` fits. */
export interface Database {
  readonly dialect: string
  /** Reads what is committed, outside any transaction. */
  readonly read: Sql
  /** Settles when the outcome is durable. A short work says `shared`, and may then share its COMMIT with others. */
  transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>, options?: { readonly shared?: boolean }): Promise<Result>
  /** The database's clock, in milliseconds since 1970. */
  now(): Promise<number>
}

export interface SqlTransaction extends Sql {
  /** Runs once the commit is durable, never after a rollback. */
  afterCommit(callback: () => void): void
  /** Calls `write` before COMMIT, once with all that the works which share the transaction hand in to it. Nobody reads it before. */
  beforeCommit<Item>(write: (tx: Sql, items: readonly Item[]) => Promise<void>, item: Item): void
}

/** Statements with `?` placeholders. A unique key that is taken rejects with an error named `UniqueViolation`. */
export interface Sql {
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
  get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>
  run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }>
}

export type SqlValue = string | number | bigint | null | Uint8Array
