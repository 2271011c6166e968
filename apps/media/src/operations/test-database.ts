import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Database, migrate, readMigrations, type Sql } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import type { InTransaction, Tx } from '../kernel/tx.ts'

export interface TestDatabase {
  readonly path: string
  readonly database: Database
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly clock: () => number
  advance(ms: number): void
}

const migrationsFolder = join(import.meta.dirname, '../../migrations')

/** A real SQLite file with the tables of accounts and operations, gone after the test. Time stands still until it is advanced. */
export async function openTestDatabase(t: TestContext): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-'))
  let now = Date.parse('2026-11-20T12:00:00Z')
  const clock = () => now
  const path = join(folder, 'test.sqlite')
  const database = openSqlite(path, { clock })
  t.after(async () => {
    await database.close()
    await rm(folder, { recursive: true })
  })
  const migrations = await readMigrations(migrationsFolder, 'sqlite')
  await migrate(
    database,
    migrations.filter(({ name }) => /^000[12]-/.test(name)),
  )
  return {
    path,
    database,
    read: database.read,
    inTransaction: bindTransactions(database),
    clock,
    advance: (ms) => {
      now += ms
    },
  }
}

/** Each transaction is a story of its own. Nothing in these rooms sends messages: whoever touches the outbox fails. */
export function bindTransactions(database: Database, correlationId: () => string = randomUUID): InTransaction {
  return async (work) => {
    const now = await database.now()
    return database.transaction((sql) => work({ sql, outbox: noOutbox, now, correlationId: correlationId(), log: silent }))
  }
}

const refuse = () => Promise.reject(new Error('no message is sent from here'))
const noOutbox: Tx['outbox'] = { dispatch: refuse, cancel: refuse, reschedule: refuse, retryFailed: refuse, removeFailed: refuse }
const silent: Tx['log'] = { info: () => undefined }
