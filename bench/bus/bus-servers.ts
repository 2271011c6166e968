import { startPostgresql } from '../../tools/servers/debian/postgresql.ts'
import { type TestServer, testServers } from '../../tools/servers/test-servers.ts'
import type { Addresses } from './drive-bus.ts'

const variables = {
  mysql: 'HOLDFAST_TEST_MYSQL_URL',
  amqp: 'HOLDFAST_TEST_AMQP_URL',
  redis: 'HOLDFAST_TEST_REDIS_URL',
  postgresql: 'HOLDFAST_BENCH_POSTGRESQL_URL',
}

/** No part of the house speaks to it: a place for peers. */
const postgresql: TestServer = {
  name: 'PostgreSQL',
  variables: [variables.postgresql],
  start: async () => {
    const server = await startPostgresql()
    return { addresses: [server.url], [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  },
  ask: async () => 'PostgreSQL',
}

const wanted: readonly string[] = Object.values(variables)

export const busServers: readonly TestServer[] = [...testServers.single, postgresql].filter(({ variables: [first = ''] }) =>
  wanted.includes(first),
)

const addressOf = (variable: string) => (addresses: Addresses) => {
  const address = addresses[variable]
  if (address === undefined) throw new Error(`${variable} names no server`)
  return address
}

export const mysqlUrl = addressOf(variables.mysql)
export const amqpUrl = addressOf(variables.amqp)
export const redisUrl = addressOf(variables.redis)
export const postgresqlUrl = addressOf(variables.postgresql)
