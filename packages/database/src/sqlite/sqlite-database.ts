import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Nesting } from '../nesting.ts'
import { type Database, DatabaseUnavailable } from '../sql.ts'
import { GroupCommit, type GroupCommitLimits } from './group-commit.ts'
import { Statements, translateError } from './statements.ts'

export interface SqliteOptions extends Partial<GroupCommitLimits> {
  /** Stands in for the database's clock in tests. Milliseconds since 1970. */
  readonly clock?: () => number
}

/**
 * Opens the file, made with its folder where missing, in WAL mode with `synchronous=FULL`: a resolved transaction survives a power cut.
 * Several processes may have the same file open. Throws DatabaseUnavailable.
 */
export function openSqlite(path: string, options: SqliteOptions = {}): Database {
  const { busyTimeoutMs = 10_000, clock = Date.now, maxGroup = 128, maxGroupMs = 5, maxWorkMs = 5_000 } = options
  const [writer, reader] = openConnections(path, busyTimeoutMs)
  const group = new GroupCommit(writer, { busyTimeoutMs, maxGroup, maxGroupMs, maxWorkMs })
  const nesting = new Nesting()
  let isClosed = false

  return {
    dialect: 'sqlite',
    read: reader,
    async transaction(work) {
      nesting.forbid()
      if (isClosed) throw new Error('the database is closed')
      return group.run((tx) => nesting.run(work, tx))
    },
    async snapshot(work) {
      const view = openReader(path, busyTimeoutMs)
      try {
        view.execute('BEGIN')
        // The moment is that of the first read.
        await view.get('SELECT 1 FROM sqlite_master')
        return await work(view)
      } finally {
        view.close()
      }
    },
    now: async () => clock(),
    async close() {
      if (isClosed) return
      isClosed = true
      await group.idle()
      reader.close()
      writer.close()
    },
  }
}

const retryMs = 10

function openConnections(path: string, busyTimeoutMs: number): [writer: Statements, reader: Statements] {
  const opened: DatabaseSync[] = []
  try {
    mkdirSync(dirname(path), { recursive: true })
    const writer = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    opened.push(writer)
    turnToWal(writer, busyTimeoutMs)
    writer.exec('PRAGMA synchronous = FULL')
    // What a savepoint would bring back stays in memory: by default each group of works writes it to a file of its own, and reads it never.
    writer.exec('PRAGMA temp_store = MEMORY')
    // From here on GroupCommit waits for the lock: SQLite would stop the whole process while it waits.
    writer.exec('PRAGMA busy_timeout = 0')
    return [new Statements(writer), openReader(path, busyTimeoutMs)]
  } catch (error) {
    for (const connection of opened) connection.close()
    throw translateError(error)
  }
}

function openReader(path: string, busyTimeoutMs: number): Statements {
  const reader = new DatabaseSync(path, { timeout: busyTimeoutMs })
  reader.exec('PRAGMA query_only = ON')
  return new Statements(reader)
}

/** Of several that make a file at the same time SQLite refuses some at once, whatever their timeout: they try again until it is over. */
function turnToWal(database: DatabaseSync, busyTimeoutMs: number): void {
  const giveUpAt = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      const failure = translateError(error)
      const isBusy = failure instanceof DatabaseUnavailable && failure.reason === 'SQLITE_BUSY'
      if (!isBusy || performance.now() > giveUpAt) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs)
    }
  }
}
