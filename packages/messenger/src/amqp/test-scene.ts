import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { type Channel, connect } from 'amqplib'
import { z } from 'zod'
import { createMessenger, type Delivery, handle, type MessengerOptions, message } from '../index.ts'
import { migrationsFolder, type SqlTransaction } from '../sql/sql-transport.ts'
import { amqpTransport } from './amqp-transport.ts'
import { brokerUrl, freshPrefix, nextBrokerUrls, removeDeclared } from './test-broker.ts'

const folder = await mkdtemp(join(tmpdir(), 'messenger-'))
after(async () => {
  await removeDeclared()
  await rm(folder, { recursive: true })
})

const program = fileURLToPath(new URL('worker-process.fixture.ts', import.meta.url))
export const count = message('crash.count.v1', z.object({ name: z.string() }), { lane: 'high' })

export type CountHandler = (delivery: Delivery<{ name: string }>) => Promise<unknown>
type Options = Partial<MessengerOptions<SqlTransaction>>

/** Its effect is its name. */
export const counting: CountHandler = ({ payload, commit }) =>
  commit(({ sql }) => sql.run('INSERT INTO effect (name) VALUES (?)', [payload.name]))

/** A database, a transport, and workers on it, in this process and in others. */
export async function openScene(url = nextBrokerUrls()[0]) {
  const prefix = freshPrefix()
  const path = join(folder, `${prefix}.sqlite`)
  const database = openSqlite(path)
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  await database.transaction((tx) => tx.run('CREATE TABLE effect (id INTEGER PRIMARY KEY, name VARCHAR(100))'))
  const transport = amqpTransport({ database, urls: [url], prefix })
  const messenger = (handler: CountHandler, options: Options = {}) =>
    createMessenger({ transport, contracts: [count], handlers: [handle(count, handler)], ...options })
  const plain = createMessenger({ transport, contracts: [count] })
  const started: ChildProcess[] = []
  const startProcess = (stuckAt: string): ChildProcess => {
    const child = spawn(process.execPath, [program, path, url, prefix, stuckAt], { stdio: ['ignore', 'pipe', 'inherit'] })
    started.push(child)
    return child
  }
  const lapse = () => database.transaction((tx) => tx.run('UPDATE message SET lease_until = 0'))
  const sendBy = (by: typeof plain) => (name: string) => database.transaction((tx) => by.outbox(tx).dispatch(count, { name }))
  return {
    prefix,
    transport,
    messenger,
    startProcess,
    /** So many processes, one after the other. Who is taken for poison is only taken over when its lease has run out: it has. */
    killBy: async (lives: number) => {
      for (let life = 1; life <= lives; life += 1) {
        assert.deepEqual(await once(startProcess('poison'), 'exit'), [null, 'SIGKILL'])
        await lapse()
      }
    },
    startWorker: (handler: CountHandler, options: Options = {}) => {
      const [stop, own] = [new AbortController(), messenger(handler, options)]
      const ran = own.worker().run(stop.signal)
      return {
        messenger: own,
        send: sendBy(own),
        [Symbol.asyncDispose]: async () => {
          stop.abort()
          await ran
        },
      }
    },
    send: sendBy(plain),
    show: async (id: string) => (await plain.story(id))[0] ?? assert.fail(`no message ${id}`),
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect')).map(({ name }) => name),
    states: async () => (await database.read.all<{ state: string }>('SELECT state FROM message')).map(({ state }) => state),
    /** As if all leases had run out. */
    lapse,
    onChannel: withChannel,
    queue: (lane: string) => withChannel((channel) => channel.checkQueue(`${prefix}.${lane}`)),
    [Symbol.asyncDispose]: async () => {
      for (const child of started) child.kill('SIGKILL')
      await transport[Symbol.asyncDispose]()
      await database.close()
    },
  }
}

async function withChannel<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
  const connection = await connect(brokerUrl)
  const channel = await connection.createConfirmChannel()
  try {
    const result = await work(channel)
    await channel.waitForConfirms()
    return result
  } finally {
    await connection.close()
  }
}
