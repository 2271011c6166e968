import { setTimeout as pause } from 'node:timers/promises'
import { openSqlite } from '@holdfast/database/sqlite'
import { z } from 'zod'
import { createMessenger, handle, message } from '../index.ts'
import { amqpTransport } from './amqp-transport.ts'

/** A worker of its own process. Arguments: the database file, the broker, the prefix, and the point at which the process goes no further. */
const [, , path = '', url = '', prefix = '', stuckAt = ''] = process.argv

const count = message('crash.count.v1', z.object({ name: z.string() }), { lane: 'high' })

const counting = handle(count, async ({ payload, commit }) => {
  if (stuckAt === 'poison') process.kill(process.pid, 'SIGKILL')
  if (stuckAt === 'before-commit') {
    process.stdout.write('before-commit\n')
    await pause(60_000)
  }
  await commit(({ sql }) => sql.run('INSERT INTO effect (name) VALUES (?)', [payload.name]))
})

const database = openSqlite(path)
const transport = amqpTransport({ database, urls: [url], prefix })
const messenger = createMessenger({ transport, contracts: [count], handlers: [counting], retry: { maxAttempts: 3 } })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
if (stuckAt === 'before-publish') void dieBeforePublish()
// Who is taken for poison is only taken over when its lease runs out.
await messenger.worker({ name: `pid ${process.pid}`, leaseMs: stuckAt === 'poison' ? 1_000 : 10_000 }).run(stop.signal)
await transport[Symbol.asyncDispose]()
await database.close()

/** Dispatches until a message enters the table claimed by this process. What waits for a relay is taken back. */
async function dieBeforePublish(): Promise<void> {
  await database
    .transaction(async (tx) => {
      tx.afterCommit(() => process.kill(process.pid, 'SIGKILL'))
      await messenger.outbox(tx).dispatch(count, { name: 'once' })
      const row = await tx.get<{ state: string }>('SELECT state FROM message')
      if (row?.state !== 'dispatched') throw new Error('it waits for the relay')
    })
    .catch(dieBeforePublish)
}
