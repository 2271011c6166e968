import { randomUUID } from 'node:crypto'
import { migrate, readMigrations } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { createMessenger, handle, message } from '@holdfast/messenger'
import { amqpTransport } from '@holdfast/messenger/amqp'
import { migrationsFolder } from '@holdfast/messenger/sql'
import { createConnection } from 'mysql2/promise'
import { z } from 'zod'
import { amqpUrl, mysqlUrl } from './bus-servers.ts'
import type { BusPlan } from './drive-bus.ts'

const note = message('bench.note.v1', z.object({ number: z.int(), text: z.string() }), { lane: 'high' })

/** A messenger with a worker at work, on a database and queues of their own. */
export async function openHoldfast({ addresses, inHand }: BusPlan, onHandled: () => void) {
  await using opened = new AsyncDisposableStack()
  const place = opened.use(await createDatabase(mysqlUrl(addresses)))
  const database = openMysql([place.url])
  opened.defer(() => database.close())
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  const transport = opened.use(amqpTransport({ database, urls: [amqpUrl(addresses)], prefix: place.name, lanes: ['high'] }))
  const messenger = createMessenger({ transport, contracts: [note], handlers: [handle(note, async () => onHandled())], lanes: ['high'] })
  const stop = new AbortController()
  const working = messenger.worker({ lanes: { high: { slots: inHand, weight: 1 } } }).run(stop.signal)
  opened.defer(async () => {
    stop.abort()
    await working
  })
  const owned = opened.move()
  return { database, messenger, note, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function createDatabase(server: string) {
  const name = `bench_${randomUUID().replaceAll('-', '')}`
  const connection = await createConnection(server)
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  return {
    name,
    url: Object.assign(new URL(server), { pathname: `/${name}` }).href,
    [Symbol.asyncDispose]: async () => {
      await connection.query(`DROP DATABASE ${name}`)
      await connection.end()
    },
  }
}
