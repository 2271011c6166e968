import type { Database } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import { createMessenger, type Messenger } from '@holdfast/messenger'
import { type AmqpTransport, amqpTransport } from '@holdfast/messenger/amqp'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import { work, worker } from './work.ts'

/** Where the bus of a torture runs. */
export interface BusPlace {
  /** `sqlite:PATH`, or `mysql://…` of one or several nodes. */
  readonly databaseUrls: readonly string[]
  /** `amqp://…` of one or several nodes; none for the SQL transport. */
  readonly brokerUrls: readonly string[]
}

export interface Bus extends AsyncDisposable {
  readonly database: Database
  readonly messenger: Messenger<SqlTransaction>
  readonly broker: AmqpTransport | undefined
}

export const maxAttempts = 20
export const prefix = 'torture'

const retry = { maxAttempts, delayMs: 100, multiplier: 1.5, maxDelayMs: 1_000, jitter: 0.5 }

export function openPlace({ databaseUrls }: Pick<BusPlace, 'databaseUrls'>): Database {
  const [first = ''] = databaseUrls
  return first.startsWith('sqlite:') ? openSqlite(first.slice('sqlite:'.length)) : openMysql(databaseUrls)
}

/** `done` is called with the number of each message that took effect here. */
export function openBus(place: BusPlace, done: (n: number) => void): Bus {
  const database = openPlace(place)
  const broker = place.brokerUrls.length === 0 ? undefined : amqpTransport({ database, urls: place.brokerUrls, prefix })
  const messenger = createMessenger({
    transport: broker ?? sqlTransport(database),
    contracts: [work],
    handlers: [worker(done)],
    retry,
    // A broker is wiped in this test: nobody waits three minutes.
    lostAfterMs: 20_000,
  })
  return {
    database,
    messenger,
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker?.[Symbol.asyncDispose]()
      await database.close()
    },
  }
}
