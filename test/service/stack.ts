import { test } from 'node:test'
import { makeDatabase } from './own-database.ts'
import { makeVirtualHost } from './own-virtual-host.ts'

const databaseServer = process.env['HOLDFAST_TEST_MYSQL_URL']
const brokerServer = process.env['HOLDFAST_TEST_AMQP_URL']
const brokerApi = process.env['HOLDFAST_TEST_RABBITMQ_API_URL']

/** A database and a virtual host of one house's own. */
export interface StackPlace extends AsyncDisposable {
  readonly settings: Readonly<Record<string, string>>
}

let isChosen = false

/** From here on houses of this process stand on a database and a broker. False, with a test that says so, where there are none. */
export function chooseStack(): boolean {
  isChosen = databaseServer !== undefined && brokerServer !== undefined && brokerApi !== undefined
  if (!isChosen)
    test('on a database and a broker', { skip: 'no HOLDFAST_TEST_MYSQL_URL, HOLDFAST_TEST_AMQP_URL or HOLDFAST_TEST_RABBITMQ_API_URL' })
  return isChosen
}

/** Undefined where houses are embedded. */
export async function takeStack(): Promise<StackPlace | undefined> {
  if (!isChosen || databaseServer === undefined || brokerServer === undefined || brokerApi === undefined) return undefined
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await makeDatabase(databaseServer))
  const virtualHost = opened.use(await makeVirtualHost(brokerServer, brokerApi))
  const owned = opened.move()
  return {
    settings: { DATABASE_URL: database.url, MESSENGER_TRANSPORT_DSN: virtualHost.url },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
