/**
 * `messages.ts PLAN`: dispatches and handles messages over the SQL transport in one process, on a database of its own. Every dispatch is a
 * transaction of its caller; every handling writes a row in the transaction of its receipt.
 */
import { join } from 'node:path'
import { type Database, migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { createMessenger, handle, message } from '@holdfast/messenger'
import { migrationsFolder, type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import { z } from 'zod'
import { measure } from './measure.ts'

export interface MessagesPlan {
  readonly folder: string
  readonly messages: number
  /** Dispatching at the same time. */
  readonly callers: number
  /** `dispatch`: nothing is handled. `handle`: all are waiting beforehand. `both`: handled while they are dispatched. */
  readonly work: 'dispatch' | 'handle' | 'both'
}

const plan = JSON.parse(process.argv[2] ?? '') as MessagesPlan
const database = openSqlite(join(plan.folder, 'messages.db'))
await createTables(database)

const countNote = message('bench.count-note.v1', z.object({ number: z.int() }), { lane: 'high' })
const allHandled = Promise.withResolvers<void>()
let handled = 0
const onNote = handle<{ number: number }, { number: number }, SqlTransaction>(countNote, async ({ payload, commit }) => {
  await commit(({ sql }) => sql.run('INSERT INTO note (number) VALUES (?)', [payload.number]))
  handled++
  if (handled === plan.messages) allHandled.resolve()
})
const messenger = createMessenger<SqlTransaction>({ transport: sqlTransport(database), contracts: [countNote], handlers: [onNote] })

if (plan.work === 'handle') await dispatchAll()
const measured = await measure(process.pid, async () => {
  if (plan.work === 'dispatch') await dispatchAll()
  else await Promise.all([workUntilHandled(), plan.work === 'both' && dispatchAll()])
  return plan.messages
})
await database.close()
console.log(JSON.stringify(measured))

async function createTables(on: Database): Promise<void> {
  const note = { name: 'note', text: 'CREATE TABLE note (number INTEGER NOT NULL PRIMARY KEY)' }
  await migrate(on, [...(await readMigrations(migrationsFolder, on.dialect)), note])
}

async function dispatchAll(): Promise<void> {
  let number = 0
  const dispatch = async () => {
    while (number < plan.messages) {
      const payload = { number: number++ }
      await database.transaction((tx) => messenger.outbox(tx).dispatch(countNote, payload))
    }
  }
  await Promise.all(Array.from({ length: plan.callers }, dispatch))
}

async function workUntilHandled(): Promise<void> {
  const stop = new AbortController()
  const working = messenger.worker().run(stop.signal)
  await allHandled.promise
  stop.abort()
  await working
}
