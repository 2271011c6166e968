import type { Database } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import { createMessenger, type Messenger, type MessengerOptions } from '@holdfast/messenger'
import { type AmqpTransport, amqpTransport } from '@holdfast/messenger/amqp'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import type { ServerPlace } from '../faults/servers.ts'

export interface Bus extends AsyncDisposable {
  readonly database: Database
  readonly messenger: Messenger<SqlTransaction>
  readonly broker: AmqpTransport | undefined
}

export const prefix = 'torture'

export function openPlace({ databaseUrls }: Pick<ServerPlace, 'databaseUrls'>): Database {
  const [first = ''] = databaseUrls
  return first.startsWith('sqlite:') ? openSqlite(first.slice('sqlite:'.length)) : openMysql(databaseUrls)
}

export type BusOptions = Omit<MessengerOptions<SqlTransaction>, 'transport'>

export function openBus(place: ServerPlace, options: BusOptions): Bus {
  const database = openPlace(place)
  const broker = place.brokerUrls.length === 0 ? undefined : amqpTransport({ database, urls: place.brokerUrls, prefix })
  return {
    database,
    messenger: createMessenger({ ...options, transport: broker ?? sqlTransport(database) }),
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker?.[Symbol.asyncDispose]()
      await database.close()
    },
  }
}
