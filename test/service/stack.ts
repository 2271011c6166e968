import { test } from 'node:test'
import { chooseGround, type Ground } from './ground.ts'
import { makeDatabase } from './own-database.ts'
import { makeVirtualHost } from './own-virtual-host.ts'

const {
  HOLDFAST_TEST_MYSQL_URL: databaseServer = '',
  HOLDFAST_TEST_AMQP_URL: brokerServer = '',
  HOLDFAST_TEST_RABBITMQ_API_URL: brokerApi = '',
} = process.env

/** From here on houses of this process stand on a database and a broker. False, with a test that says so, where there are none. */
export function chooseStack(): boolean {
  if ([databaseServer, brokerServer, brokerApi].includes('')) {
    test('on a database and a broker', { skip: 'no HOLDFAST_TEST_MYSQL_URL, HOLDFAST_TEST_AMQP_URL or HOLDFAST_TEST_RABBITMQ_API_URL' })
    return false
  }
  chooseGround(takeStack)
  return true
}

/** A database and a virtual host of one house's own. */
export async function takeStack(): Promise<Ground> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await makeDatabase(databaseServer))
  const virtualHost = opened.use(await makeVirtualHost(brokerServer, brokerApi))
  const owned = opened.move()
  let processes = 0
  return {
    nextSettings() {
      const first = processes++
      return { DATABASE_URL: beginAt(database.url, first), MESSENGER_TRANSPORT_DSN: beginAt(virtualHost.url, first) }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The same nodes, another one first. */
function beginAt(urls: string, first: number): string {
  const nodes = urls.split(',')
  return nodes.map((_, index) => nodes[(first + index) % nodes.length]).join(',')
}
