import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { DatabaseUnavailable, type Sql, type SqlValue, UniqueViolation } from '../sql.ts'

const primaryKeyTaken = 1555
const uniqueTaken = 2067

const unavailable = new Map([
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [8, 'SQLITE_READONLY'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [26, 'SQLITE_NOTADB'],
])

/** SQLite's extended result codes (https://sqlite.org/rescode.html) as the errors that callers tell apart. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error
  if (error.errcode === primaryKeyTaken || error.errcode === uniqueTaken) {
    return new UniqueViolation(error.message, { cause: error })
  }
  const reason = unavailable.get(error.errcode & 0xff)
  return reason === undefined ? error : new DatabaseUnavailable(reason, { cause: error })
}

/** A bare `LIMIT ?` is part of SQLite's plan, which it makes anew for each value that is bound, the same one too: it takes longer than most statements. */
const plannedOnce = (text: string): string => text.replaceAll(/\bLIMIT \?/g, 'LIMIT (? + 0)')

/** Prepared once per text, so texts must be few: build no values into them. */
export class Statements implements Sql {
  readonly #connection: DatabaseSync
  readonly #prepared = new Map<string, StatementSync>()

  constructor(connection: DatabaseSync) {
    this.#connection = connection
  }

  // The methods are async so that an error of SQLite is a rejection, as it is with a server.
  async all<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#attempt(() => this.#prepare(text).all(...values) as Row[])
  }

  async get<Row>(text: string, values: readonly SqlValue[] = []): Promise<Row | undefined> {
    return this.#attempt(() => this.#prepare(text).get(...values) as Row | undefined)
  }

  async run(text: string, values: readonly SqlValue[] = []): Promise<{ changes: number }> {
    return this.#attempt(() => ({ changes: Number(this.#prepare(text).run(...values).changes) }))
  }

  execute(text: string): void {
    this.#attempt(() => this.#prepare(text).run())
  }

  get inTransaction(): boolean {
    return this.#connection.isTransaction
  }

  close(): void {
    this.#prepared.clear()
    this.#connection.close()
  }

  #attempt<Result>(call: () => Result): Result {
    try {
      return call()
    } catch (error) {
      throw translateError(error)
    }
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text)
    if (known !== undefined) return known
    const compiled = plannedOnce(text)
    const statement = this.#connection.prepare(compiled)
    // SQLite compiles the first statement and would say nothing of the others.
    if (compiled.slice(statement.sourceSQL.length).trim() !== '') throw new Error('a text with several statements: run them one by one')
    this.#prepared.set(text, statement)
    return statement
  }
}
