import { setTimeout as pause } from 'node:timers/promises'
import { openSqlite } from '@holdfast/database/sqlite'
import { z } from 'zod'
import { createMessenger, handle, message } from '../index.ts'
import { type AmqpTransport, amqpTransport } from './amqp-transport.ts'

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
const amqp = amqpTransport({ database, urls: [url], prefix })
const transport = stuckAt === 'before-publish' ? deadly(amqp) : amqp
const messenger = createMessenger({ transport, contracts: [count], handlers: [counting], retry: { maxAttempts: 3 } })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
if (stuckAt === 'before-publish') void dieBeforePublish()
await messenger.worker({ name: `pid ${process.pid}`, leaseMs: 60_000 }).run(stop.signal)
await transport[Symbol.asyncDispose]()
await database.close()

/** The relay has looked, nothing waits: what is dispatched now goes to the broker right after its commit. */
async function dieBeforePublish(): Promise<void> {
  const startedAt = messenger.relay?.health().lastProgressAt
  while (messenger.relay?.health().lastProgressAt === startedAt) await pause(10)
  await transport.transaction(async (tx) => {
    process.stdout.write(await messenger.outbox(tx).dispatch(count, { name: 'once' }))
  })
}

function deadly({ broker, ...rest }: AmqpTransport): AmqpTransport {
  const carry = async () => process.kill(process.pid, 'SIGKILL') && new Set<string>()
  return { ...rest, ...(broker && { broker: { ...broker, carry } }) }
}
