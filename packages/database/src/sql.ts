/** What a statement may be given. Booleans are 0 and 1, instants are milliseconds since 1970, JSON is text. */
export type SqlValue = string | number | bigint | null | Uint8Array

/**
 * Statements in the SQL that SQLite, MySQL and MariaDB share, with `?` placeholders.
 * A row is trusted to have the shape its caller names: the migrations and the statement stand side by side.
 */
export interface Sql {
  all<Row>(text: string, values?: readonly SqlValue[]): Promise<Row[]>
  /** The first row, or undefined where there is none. */
  get<Row>(text: string, values?: readonly SqlValue[]): Promise<Row | undefined>
  /** `changes`: how many rows the statement matched and wrote. A compare-and-set reads its answer from it. */
  run(text: string, values?: readonly SqlValue[]): Promise<{ readonly changes: number }>
}

/** An open transaction. Using it after `transaction()` has settled throws. */
export interface SqlTransaction extends Sql {
  /** Runs once the commit is durable, never after a rollback. Must not throw. */
  afterCommit(callback: () => void): void
  /**
   * Hands in what nobody reads before the COMMIT, as a row of a log. When the work has resolved, `write` is called with what this transaction has
   * handed in to it; on MySQL with that of all works that share it, so that their rows travel in one statement. What it
   * throws is thrown to the one work whose item it is: among several, each is first run again alone.
   */
  beforeCommit<Item>(write: (tx: Sql, items: readonly Item[]) => Promise<void>, item: Item): void
}

export interface TransactionOptions {
  /**
   * For a short work: a few statements, and no waiting for anything else in between. On MySQL it then shares its transaction, and the price of the
   * COMMIT, with others that come at the same moment: one after the other, as if each had been committed before the next. Where what they did cannot
   * be kept for all, each is run again alone. Without it a work has its transaction to itself. On SQLite all works share, in any case.
   */
  readonly shared?: boolean
}

export interface Database {
  readonly dialect: 'sqlite' | 'mysql'
  /** Reads what is committed, outside any transaction. */
  readonly read: Sql
  /**
   * Runs `work` in one transaction and settles when the outcome is durable: resolved means committed to disk. Works run one after the
   * other on SQLite, and side by side on MySQL: there what was read may have changed when something is written.
   * `work` holds no network or file I/O and may be run again whole after a conflict, so it must have no other effects.
   * Calling `transaction` from inside `work` is an error: use the `tx` at hand.
   */
  transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>
  /**
   * Reads all that was committed at one moment, however long it takes and whatever is written meanwhile. On a connection of its own; `work` may wait
   * for files and networks. Where that connection is lost it throws DatabaseUnavailable, and nothing is repeated.
   */
  snapshot<Result>(work: (view: Pick<Sql, 'all' | 'get'>) => Promise<Result>): Promise<Result>
  /** The database's clock, in milliseconds since 1970: what decides whether something is due. */
  now(): Promise<number>
  close(): Promise<void>
}

/** A unique or primary key was taken. The transaction goes on where the engine allows it: only that statement was undone. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation'
}

/**
 * The database cannot be reached, is full, read-only or damaged. Nothing of the transaction was kept, unless the reason is `COMMIT_UNKNOWN`:
 * then the connection was lost when the answer to COMMIT was due, and looking again tells.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  /** The engine's or the driver's own name for what happened, as `SQLITE_FULL` or `ECONNREFUSED`. */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`the database is unavailable (${reason})`, options)
    this.reason = reason
  }
}
