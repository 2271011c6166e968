import { startBroker } from './broker.ts'
import { startDatabase } from './database.ts'
import { startGalera } from './debian/galera.ts'
import { startRabbitmqCluster } from './debian/rabbitmq.ts'
import { provideSymfony } from './debian/symfony.ts'
import { startRedis } from './redis.ts'

/** A server, or another program, that tests find by environment variables. */
export interface TestServer {
  readonly name: string
  /** Starts it; the addresses by their variables, the first of which says whether somebody else has one for us. */
  readonly variables: readonly string[]
  start(): Promise<StartedServer>
}

interface StartedServer extends AsyncDisposable {
  /** In the order of the variables. */
  readonly addresses: readonly string[]
}

const mysql: TestServer = {
  name: 'MySQL or MariaDB',
  variables: ['HOLDFAST_TEST_MYSQL_URL'],
  start: async () => startedServer(await startDatabase(), ({ url }) => [url]),
}

const galera: TestServer = {
  name: 'three nodes of Galera',
  variables: ['HOLDFAST_TEST_GALERA_URLS'],
  start: async () => startedServer(await startGalera(), ({ nodes }) => [nodes.map(({ url }) => url).join(',')]),
}

const rabbitmq: TestServer = {
  name: 'RabbitMQ',
  variables: ['HOLDFAST_TEST_AMQP_URL', 'HOLDFAST_TEST_RABBITMQ_API_URL'],
  start: async () => startedServer(await startBroker(), ({ url, apiUrl }) => [url, apiUrl]),
}

const rabbitmqCluster: TestServer = {
  name: 'three nodes of RabbitMQ',
  variables: ['HOLDFAST_TEST_RABBITMQ_URLS', 'HOLDFAST_TEST_RABBITMQ_API_URLS'],
  start: async () =>
    startedServer(await startRabbitmqCluster(), ({ nodes }) => [
      nodes.map(({ url }) => url).join(','),
      nodes.map(({ apiUrl }) => apiUrl).join(','),
    ]),
}

const redis: TestServer = {
  name: 'Redis',
  variables: ['HOLDFAST_TEST_REDIS_URL'],
  start: async () => startedServer(await startRedis(), ({ url }) => [url]),
}

const symfony: TestServer = {
  name: 'Symfony Messenger',
  variables: ['HOLDFAST_TEST_SYMFONY_PATH'],
  start: async () => ({ addresses: [await provideSymfony()], [Symbol.asyncDispose]: async () => undefined }),
}

export const testServers: readonly TestServer[] = [mysql, galera, rabbitmq, rabbitmqCluster, redis, symfony]

function startedServer<T extends AsyncDisposable>(server: T, addressesOf: (server: T) => string[]): StartedServer {
  return { addresses: addressesOf(server), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
