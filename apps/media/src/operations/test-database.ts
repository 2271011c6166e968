import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { Database, Sql } from '@holdfast/database'
import { chosenEngine } from '@holdfast/database/testing'
import { createMessenger } from '@holdfast/messenger'
import { sqlTransport } from '@holdfast/messenger/sql'
import type { InTransaction, Tx } from '../kernel/tx.ts'
import { mailMessages } from '../mail/messages.ts'
import { allMigrations } from '../main/migrations.ts'
import { mediaMessages } from '../media/messages.ts'

export interface TestDatabase {
  /** As another process would. */
  readonly open: () => Database
  readonly database: Database
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly clock: () => number
  advance(ms: number): void
}

const ofAccountsAndOperations = /^(messenger\/|media\/(000[1235]|001[014689]|002[017])-)/

/** A real database with the tables of accounts and operations, the name of the house and what goes with a user, or of the migrations that `wanted` names, gone after the test. Time stands still until it is advanced. */
export async function openTestDatabase(t: TestContext, wanted = ofAccountsAndOperations): Promise<TestDatabase> {
  let now = Date.parse('2026-11-20T12:00:00Z')
  const clock = () => now
  const engine = chosenEngine()
  const migrations = await allMigrations(engine.dialect)
  const place = await engine.make(migrations.filter(({ name }) => wanted.test(name)))
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

/** Each transaction is a story of its own. What is dispatched stays where it is: nobody works here. */
export function bindTransactions(database: Database, correlationId: () => string = randomUUID): InTransaction {
  const messenger = createMessenger({ transport: sqlTransport(database), contracts: [...mediaMessages, ...mailMessages] })
  return async (work) => {
    const now = await database.now()
    return database.transaction((sql) => work({ sql, outbox: messenger.outbox(sql), now, correlationId: correlationId(), log: silent }))
  }
}

const silent: Tx['log'] = { info: () => undefined }
