import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Database, readMigrations, type Sql } from '@holdfast/database'
import { chosenEngine } from '@holdfast/database/testing'
import type { InTransaction, Tx } from '../kernel/tx.ts'

export interface TestDatabase {
  /** As another process would. */
  readonly open: () => Database
  readonly database: Database
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly clock: () => number
  advance(ms: number): void
}

const migrationsFolder = join(import.meta.dirname, '../../migrations')

/** A real database with the tables of accounts and operations and the name of the house, gone after the test. Time stands still until it is advanced. */
export async function openTestDatabase(t: TestContext): Promise<TestDatabase> {
  let now = Date.parse('2026-11-20T12:00:00Z')
  const clock = () => now
  const engine = chosenEngine()
  const migrations = await readMigrations(migrationsFolder, engine.dialect)
  const place = await engine.make(migrations.filter(({ name }) => /^(000[125]|001[01])-/.test(name)))
  const database = place.open(clock)
  t.after(async () => {
    await database.close()
    await place.remove()
  })
  return {
    open: () => place.open(clock),
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
