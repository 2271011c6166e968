import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Database } from '../sql.ts'
import { GroupCommit, type GroupCommitLimits } from './group-commit.ts'
import { Statements, translateError } from './statements.ts'

export interface SqliteOptions extends Partial<GroupCommitLimits> {
  /** How long a statement waits for another process's write lock. */
  readonly busyTimeoutMs?: number
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
  const group = new GroupCommit(writer, { maxGroup, maxGroupMs, maxWorkMs })
  const inside = new AsyncLocalStorage<true>()
  return {
    dialect: 'sqlite',
    read: reader,
    transaction: (work) => {
      if (inside.getStore()) throw new Error('a transaction was opened inside a transaction: use the tx at hand')
      return group.run((tx) => inside.run(true, () => work(tx)))
    },
    now: async () => clock(),
    close: async () => {
      await group.idle()
      reader.close()
      writer.close()
    },
  }
}

function openConnections(path: string, busyTimeoutMs: number): [writer: Statements, reader: Statements] {
  try {
    mkdirSync(dirname(path), { recursive: true })
    const writer = new DatabaseSync(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    const reader = new DatabaseSync(path, { timeout: busyTimeoutMs })
    reader.exec('PRAGMA query_only = ON')
    return [new Statements(writer), new Statements(reader)]
  } catch (error) {
    throw translateError(error)
  }
}
