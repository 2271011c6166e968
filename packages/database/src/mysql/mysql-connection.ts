import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import mysql, { type Connection, type QueryResult } from 'mysql2'
import { DatabaseUnavailable, type SqlValue } from '../sql.ts'
import { whenLate } from '../when-late.ts'
import type { MysqlAddress } from './mysql-address.ts'
import { ConnectionLost, endsConnection, isConflict, translateError } from './mysql-errors.ts'

export interface ConnectionLimits {
  /** To connect, log in and set the session up. */
  readonly connectTimeoutMs: number
  /** A statement that takes longer ends its connection. */
  readonly statementTimeoutMs: number
  /** After this long without an answer the node is asked by another connection whether it is alive. */
  readonly stallAfterMs: number
}

/**
 * A `write` connection is always in a transaction: its first statement opens one, COMMIT or ROLLBACK ends it. A `read` one is never. A `snapshot`
 * one is in one transaction for its whole life, and sees what was committed when it was opened.
 */
export type ConnectionUse = 'read' | 'write' | 'share' | 'snapshot'

/** One connection to one node. Statements run in the order they were given. */
export class MysqlConnection {
  readonly #driver: Connection
  readonly #socket: Socket
  readonly #limits: ConnectionLimits
  readonly #isNodeAlive: () => Promise<boolean>
  /** Who waits for an answer: they hear it where the connection ends. */
  readonly #waiting = new Set<(error: ConnectionLost) => void>()
  /** Since the last COMMIT or ROLLBACK: without a statement there is nothing to end. */
  #hasBegun = false
  isBroken = false

  private constructor(address: MysqlAddress, limits: ConnectionLimits, isNodeAlive: () => Promise<boolean>) {
    this.#limits = limits
    this.#isNodeAlive = isNodeAlive
    const { tls, ...login } = address
    this.#socket = connect({ ...login, noDelay: true, keepAlive: true })
    this.#driver = mysql.createConnection({
      ...login,
      ...(tls && { ssl: tls }),
      stream: this.#socket,
      charset: 'utf8mb4_bin',
      // SUM() is a decimal; amounts stay far below 2^53.
      decimalNumbers: true,
      // `changes` counts the rows that a statement found, as on SQLite: those that already held the new values too.
      flags: ['FOUND_ROWS'],
      // `open` does that.
      connectTimeout: 0,
    })
    this.#driver.on('error', (error: NodeJS.ErrnoException) => this.destroy(error.code ?? 'CONNECTION_LOST'))
  }

  /** Throws DatabaseUnavailable. */
  static async open(
    address: MysqlAddress,
    use: ConnectionUse,
    limits: ConnectionLimits,
    isNodeAlive: () => Promise<boolean>,
  ): Promise<MysqlConnection> {
    const connection = new MysqlConnection(address, limits, isNodeAlive)
    const stopWaiting = whenLate(limits.connectTimeoutMs, () => connection.destroy('ETIMEDOUT'))
    try {
      await connection.#setUp(use)
      return connection
    } catch (error) {
      connection.destroy('CONNECTION_LOST')
      throw error
    } finally {
      stopWaiting()
    }
  }

  /**
   * As one text with its values quoted, and not prepared: on Galera, a transaction that another node has ended while nobody spoke is told so at
   * the next command, and where that prepares a statement the word is lost. What follows would be committed without what went before.
   * Throws UniqueViolation, DatabaseUnavailable, or the driver's own error for a wrong statement.
   */
  async execute(text: string, values: readonly SqlValue[] = []): Promise<QueryResult> {
    return this.#attempt((done) => this.#driver.query<QueryResult>(text, values.map(toParameter), done))
  }

  /** Throws what `isConflict` tells, where nothing was kept, or DatabaseUnavailable with the reason COMMIT_UNKNOWN. */
  async commit(): Promise<void> {
    if (!this.#hasBegun) return
    try {
      await this.execute('COMMIT')
      this.#hasBegun = false
    } catch (error) {
      if (isConflict(error)) throw error
      // Sent, and no answer came: kept or not, nobody knows.
      this.destroy('COMMIT_UNKNOWN')
      throw new DatabaseUnavailable('COMMIT_UNKNOWN', { cause: error })
    }
  }

  async rollBack(): Promise<void> {
    if (!this.#hasBegun) return
    try {
      await this.execute('ROLLBACK')
      this.#hasBegun = false
    } catch {
      // The server rolls back what a broken connection leaves.
      this.destroy('CONNECTION_LOST')
    }
  }

  /** Says good-bye, so that the server notes no broken connection. */
  async end(): Promise<void> {
    if (this.isBroken) return
    this.isBroken = true
    this.wake()
    const timer = setTimeout(() => this.#socket.destroy(), this.#limits.connectTimeoutMs)
    this.#driver.end()
    if (!this.#socket.closed) await once(this.#socket, 'close')
    clearTimeout(timer)
  }

  /** While nobody uses it, it does not keep the process from ending. */
  rest(): void {
    this.#socket.unref()
  }

  wake(): void {
    this.#socket.ref()
  }

  /** Whoever waits for an answer hears ConnectionLost; the server rolls back what was open. */
  destroy(reason: string): void {
    if (this.isBroken) return
    this.isBroken = true
    for (const refuse of this.#waiting) refuse(new ConnectionLost(reason))
    this.#driver.destroy()
    this.#socket.destroy()
  }

  async #setUp(use: ConnectionUse): Promise<void> {
    const isGalera = await this.execute("SHOW VARIABLES LIKE 'wsrep_on'")
    for (const statement of sessionSettings(use, Array.isArray(isGalera) && isGalera.some((row) => Reflect.get(row, 'Value') === 'ON'))) {
      await this.execute(statement)
    }
    this.#hasBegun = false
  }

  async #attempt(start: (done: (error: Error | null, result: QueryResult) => void) => void): Promise<QueryResult> {
    if (this.isBroken) throw new ConnectionLost('CONNECTION_LOST')
    this.#hasBegun = true
    const { promise: answer, resolve, reject } = Promise.withResolvers<QueryResult>()
    // Not a race with one promise of the connection: that would keep each answer for as long as the connection lives.
    this.#waiting.add(reject)
    const lookAfterIt = async () => {
      timer = setTimeout(() => this.destroy('STATEMENT_TIMEOUT'), this.#limits.statementTimeoutMs - this.#limits.stallAfterMs)
      // Who has answered meanwhile is not stalled, and somebody else may wait here now.
      if (!(await this.#isNodeAlive()) && this.#waiting.has(reject)) this.destroy('NODE_STALLED')
    }
    let timer = setTimeout(() => void lookAfterIt(), this.#limits.stallAfterMs)
    try {
      start((error, result) => (error === null ? resolve(result) : reject(error)))
      return await answer
    } catch (error) {
      const translated = translateError(error)
      if (endsConnection(translated)) this.destroy('CONNECTION_LOST')
      throw translated
    } finally {
      this.#waiting.delete(reject)
      clearTimeout(timer)
    }
  }
}

const sqlMode = 'ANSI_QUOTES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'

function sessionSettings(use: ConnectionUse, isGalera: boolean): string[] {
  return [
    `SET SESSION TRANSACTION ISOLATION LEVEL ${use === 'snapshot' ? 'REPEATABLE READ' : 'READ COMMITTED'}`,
    ...(use === 'read' ? ['SET SESSION TRANSACTION READ ONLY'] : []),
    `SET SESSION sql_mode = '${sqlMode}', SESSION innodb_lock_wait_timeout = ${use === 'share' ? 1 : 5}, SESSION autocommit = ${use === 'read' ? 1 : 0}`,
    // The first statement of each transaction waits until this node has what the others had committed when it came.
    ...(isGalera ? ['SET SESSION wsrep_sync_wait = 7'] : []),
    ...(use === 'snapshot' ? ['START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'] : []),
  ]
}

const toParameter = (value: SqlValue): string | number | bigint | null | Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
