import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { createConnection } from 'mysql2/promise'

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
  const name = `holdfast_house_${randomUUID().replaceAll('-', '')}`
  await runOnServer(databaseServer, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  await askBroker(brokerApi, 'PUT', name)
  return {
    settings: { DATABASE_URL: `${databaseServer}/${name}`, MESSENGER_TRANSPORT_DSN: `${brokerServer}/${name}` },
    [Symbol.asyncDispose]: async () => {
      await runOnServer(databaseServer, `DROP DATABASE ${name}`)
      await askBroker(brokerApi, 'DELETE', name)
    },
  }
}

async function runOnServer(url: string, statement: string): Promise<void> {
  const connection = await createConnection(url)
  await connection.query(statement)
  await connection.end()
}

async function askBroker(api: string, method: 'PUT' | 'DELETE', virtualHost: string): Promise<void> {
  const { origin, username, password } = new URL(api)
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  const { ok, status } = await fetch(`${origin}/api/vhosts/${virtualHost}`, { method, headers: { authorization } })
  if (!ok) throw new Error(`the broker answers ${status} to ${method} of a virtual host`)
}
