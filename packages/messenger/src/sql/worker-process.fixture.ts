import { setTimeout as pause } from 'node:timers/promises'
import { openTestUrl } from '@holdfast/database/testing'
import { z } from 'zod'
import { createMessenger, handle, message } from '../index.ts'
import { sqlTransport } from './sql-transport.ts'

/** Stands for a worker of its own process. Arguments: the database's address, and the point at which the process goes no further. */
const [, , url = '', stuckAt = ''] = process.argv

const count = message('crash.count.v1', z.object({ name: z.string() }), { lane: 'high' })

/** Tells the parent where it is; then the parent's SIGKILL comes. */
const stickAt = async (point: string) => {
  if (point !== stuckAt) return
  process.stdout.write(`${point}\n`)
  await pause(60_000)
}

const counting = handle(count, async ({ payload, commit }) => {
  await stickAt('before-commit')
  if (stuckAt === 'poison') process.kill(process.pid, 'SIGKILL')
  await commit(async ({ sql }) => {
    await sql.run('INSERT INTO effect (name) VALUES (?)', [payload.name])
    if (stuckAt === 'inside-commit') process.kill(process.pid, 'SIGKILL')
  })
  await stickAt('after-commit')
})

await using database = Object.assign(openTestUrl(url), {
  async [Symbol.asyncDispose]() {
    await database.close()
  },
})
const messenger = createMessenger({
  transport: sqlTransport(database),
  contracts: [count],
  handlers: [counting],
  retry: { maxAttempts: 3 },
})
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
// Its end is the test's affair: however long a machine stands still, nothing lapses by itself.
await messenger.worker({ name: `pid ${process.pid}`, leaseMs: 600_000 }).run(stop.signal)
