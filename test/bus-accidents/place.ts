import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, readMigrations } from '@holdfast/database'
import { migrationsFolder } from '@holdfast/messenger/sql'
import type { Broker } from '../../tools/servers/broker.ts'
import { type Bus, openBus } from '../bus-torture/bus.ts'
import type { ServerPlace } from '../faults/servers.ts'
import { makeDatabase } from '../service/own-database.ts'
import { makeVirtualHost, type OwnVirtualHost } from '../service/own-virtual-host.ts'
import { effectTable, type ProbeOptions, probing } from './probe.ts'

/** What carries messages: the table itself on SQLite or MariaDB, or RabbitMQ beside a table on MariaDB. */
export const carriers = ['sqlite', 'mariadb', 'rabbitmq'] as const

export type CarrierName = (typeof carriers)[number]

/** Tables and queues of one scene's own, gone after it. */
export interface AccidentPlace extends ServerPlace, AsyncDisposable {
  readonly virtualHost: OwnVirtualHost | undefined
  /** A bus of this process. */
  open(options: ProbeOptions): Bus
}

const databaseServer = process.env['HOLDFAST_TEST_MYSQL_URL']
const brokerServer = process.env['HOLDFAST_TEST_AMQP_URL']
const brokerApi = process.env['HOLDFAST_TEST_RABBITMQ_API_URL']

/** For `test`: why a carrier cannot be had, or false. */
export function whyNot(carrier: CarrierName): string | false {
  if (carrier !== 'sqlite' && databaseServer === undefined) return 'no MySQL or MariaDB: HOLDFAST_TEST_MYSQL_URL names none'
  return carrier === 'rabbitmq' && (brokerServer === undefined || brokerApi === undefined)
    ? 'no RabbitMQ: HOLDFAST_TEST_AMQP_URL and HOLDFAST_TEST_RABBITMQ_API_URL name none'
    : false
}

const givenBroker: Pick<Broker, 'url' | 'apiUrl'> = { url: brokerServer ?? '', apiUrl: brokerApi ?? '' }

/** Of one's own, until `opened` is disposed. No address where there is no server. */
export async function takeServers(carrier: CarrierName, opened: AsyncDisposableStack, broker = givenBroker) {
  const database = carrier === 'sqlite' ? undefined : opened.use(await makeDatabase(databaseServer ?? ''))
  const virtualHost = carrier === 'rabbitmq' ? opened.use(await makeVirtualHost(broker.url, broker.apiUrl)) : undefined
  return { databaseUrl: database?.url, virtualHost }
}

/** `broker`: another than the one that the environment names. */
export async function openPlace(carrier: CarrierName, broker = givenBroker): Promise<AccidentPlace> {
  await using opened = new AsyncDisposableStack()
  const { databaseUrl, virtualHost } = await takeServers(carrier, opened, broker)
  const place = {
    databaseUrls: (databaseUrl ?? (await takeFile(opened))).split(','),
    brokerUrls: virtualHost?.url.split(',') ?? [],
  }
  await prepare(place)
  const owned = opened.move()
  return {
    ...place,
    virtualHost,
    open: (options) => openBus(place, probing(options)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function takeFile(opened: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-accident-'))
  opened.defer(() => rm(folder, { recursive: true }))
  return `sqlite:${join(folder, 'bus.db')}`
}

async function prepare(place: ServerPlace): Promise<void> {
  await using bus = openBus(place, probing({}))
  await migrate(bus.database, await readMigrations(migrationsFolder, bus.database.dialect))
  await bus.database.transaction((tx) => tx.run(effectTable))
  await bus.broker?.setup()
}
