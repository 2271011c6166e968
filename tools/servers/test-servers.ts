import { startAzurite } from './azurite.ts'
import { startBroker } from './broker.ts'
import { startDatabase } from './database.ts'
import { startGalera } from './debian/galera.ts'
import { askPreviewPrograms, providePreviewPrograms } from './debian/preview-programs.ts'
import { startRabbitmqCluster } from './debian/rabbitmq.ts'
import { provideSymfony } from './debian/symfony.ts'
import { startElasticsearch } from './elasticsearch.ts'
import { askAzurite, askElasticsearch, askMysql, askRabbitmq, askRedis } from './engine.ts'
import { askRsyslog, provideRsyslog } from './log-shipper.ts'
import { askNginx, provideNginx } from './nginx.ts'
import { startRedis } from './redis.ts'
import { startMailServer } from './smtp.ts'

/** A server, or another program, that tests find by environment variables. */
export interface TestServer {
  readonly name: string
  /** Starts it; the addresses by their variables, the first of which says whether somebody else has one for us. */
  readonly variables: readonly string[]
  start(): Promise<StartedServer>
  /** What answers at the addresses that the last variable holds, as `MariaDB 10.11.14`. @throws when it cannot be told. */
  ask(address: string): Promise<string>
}

interface StartedServer extends AsyncDisposable {
  /** In the order of the variables. */
  readonly addresses: readonly string[]
}

const mysql: TestServer = {
  name: 'MySQL or MariaDB',
  variables: ['HOLDFAST_TEST_MYSQL_URL'],
  start: async () => startedServer(await startDatabase(), ({ url }) => [url]),
  ask: askMysql,
}

const galera: TestServer = {
  ...mysql,
  name: 'three nodes of Galera',
  start: async () => startedServer(await startGalera(), ({ nodes }) => [nodes.map(({ url }) => url).join(',')]),
}

const rabbitmq: TestServer = {
  name: 'RabbitMQ',
  variables: ['HOLDFAST_TEST_AMQP_URL', 'HOLDFAST_TEST_RABBITMQ_API_URL'],
  start: async () => startedServer(await startBroker(), ({ url, apiUrl }) => [url, apiUrl]),
  ask: askRabbitmq,
}

const rabbitmqCluster: TestServer = {
  ...rabbitmq,
  name: 'three nodes of RabbitMQ',
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
  ask: askRedis,
}

const elasticsearch: TestServer = {
  name: 'Elasticsearch',
  variables: ['HOLDFAST_TEST_ELASTICSEARCH_URL'],
  start: async () => startedServer(await startElasticsearch(), ({ url }) => [url]),
  ask: askElasticsearch,
}

const azurite: TestServer = {
  name: 'Azurite',
  variables: ['HOLDFAST_TEST_AZURE_BLOB_URL'],
  start: async () => startedServer(await startAzurite(), ({ url }) => [url]),
  ask: askAzurite,
}

const smtp: TestServer = {
  name: 'a mail server',
  variables: ['HOLDFAST_TEST_SMTP_URL', 'HOLDFAST_TEST_SMTP_FOLDER'],
  start: async () => startedServer(await startMailServer(), ({ url, folder }) => [url, folder]),
  ask: async () => 'smtp-server',
}

const nginx: TestServer = {
  name: 'nginx',
  variables: ['HOLDFAST_TEST_NGINX_PATH'],
  start: async () => ({ addresses: [await provideNginx()], [Symbol.asyncDispose]: async () => undefined }),
  ask: askNginx,
}

const rsyslog: TestServer = {
  name: 'rsyslog',
  variables: ['HOLDFAST_TEST_RSYSLOG_PATH'],
  start: async () => ({ addresses: [await provideRsyslog()], [Symbol.asyncDispose]: async () => undefined }),
  ask: askRsyslog,
}

const symfony: TestServer = {
  name: 'Symfony Messenger',
  variables: ['HOLDFAST_TEST_SYMFONY_PATH'],
  start: async () => ({ addresses: [await provideSymfony()], [Symbol.asyncDispose]: async () => undefined }),
  ask: async () => 'Symfony Messenger',
}

const previewPrograms: TestServer = {
  name: 'pdftoppm and ffmpeg',
  variables: ['HOLDFAST_TEST_PREVIEW_PROGRAMS'],
  start: async () => ({ addresses: [await providePreviewPrograms()], [Symbol.asyncDispose]: async () => undefined }),
  ask: askPreviewPrograms,
}

/** The servers of a run: `single`, one of each kind; `cluster`, three nodes of each that the service knows several nodes of. */
export const testServers = {
  single: [mysql, rabbitmq, redis, elasticsearch, azurite, smtp, nginx, rsyslog, symfony, previewPrograms],
  cluster: [galera, rabbitmqCluster, symfony],
} as const satisfies Record<string, readonly TestServer[]>

export type Stand = keyof typeof testServers

/** The value of `--on` among these arguments. @throws where it is none. */
export function chosenStand(given = 'single'): Stand {
  if (given === 'single' || given === 'cluster') return given
  throw new Error(`tests run on single or on cluster, not on ${given}`)
}

function startedServer<T extends AsyncDisposable>(server: T, addressesOf: (server: T) => string[]): StartedServer {
  return { addresses: addressesOf(server), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
