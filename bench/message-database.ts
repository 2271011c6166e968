import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, migrate, readMigrations } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import type { Transport } from '@holdfast/messenger'
import { amqpTransport } from '@holdfast/messenger/amqp'
import { migrationsFolder, type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import { makeDatabase } from '../test/service/own-database.ts'
import { makeVirtualHost } from '../test/service/own-virtual-host.ts'
import { provideServers } from '../tools/servers/provide-servers.ts'
import { testServers } from '../tools/servers/test-servers.ts'

interface MessageDatabase {
  readonly database: Database
  readonly transport: Transport<SqlTransaction>
}

/** What these commands take as their argument: `sqlite` by default, or `rabbitmq`, which is RabbitMQ beside MariaDB. */
export const carrier = process.argv[2] ?? 'sqlite'

/** The tables of the messenger, on the disk that the working copy is on or on servers of its own; removed afterwards. */
export async function openMessageDatabase(): Promise<MessageDatabase & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const place = carrier === 'rabbitmq' ? await openServers(opened) : await openFile(opened)
  await migrate(place.database, await readMigrations(migrationsFolder, place.database.dialect))
  const owned = opened.move()
  return { ...place, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function openFile(opened: AsyncDisposableStack): Promise<MessageDatabase> {
  await mkdir('reports', { recursive: true })
  const folder = await mkdtemp(join('reports', 'messages-'))
  opened.defer(() => rm(folder, { recursive: true }))
  const database = openSqlite(join(folder, 'messages.db'))
  opened.defer(() => database.close())
  return { database, transport: sqlTransport(database) }
}

/** Servers that the environment names, else servers that are started here. */
async function openServers(opened: AsyncDisposableStack): Promise<MessageDatabase> {
  const servers = opened.use(await provideServers(testServers.single.filter(({ name }) => ['MySQL or MariaDB', 'RabbitMQ'].includes(name))))
  const address = (variable: string) => servers.addresses[variable] ?? process.env[variable] ?? ''
  const { url } = opened.use(await makeDatabase(address('HOLDFAST_TEST_MYSQL_URL')))
  const host = await makeVirtualHost(address('HOLDFAST_TEST_AMQP_URL'), address('HOLDFAST_TEST_RABBITMQ_API_URL'))
  opened.use(host)
  const database = openMysql([url])
  opened.defer(() => database.close())
  const transport = amqpTransport({ database, urls: [host.url] })
  opened.use(transport)
  return { database, transport }
}
