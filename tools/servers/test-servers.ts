import { existsSync } from 'node:fs'
import { installPackages } from './debian-packages.ts'
import { startMariadb } from './mariadb.ts'
import { startRabbitmq } from './rabbitmq.ts'

/** A server that tests ask for by the first of its variables. */
interface TestServer {
  readonly name: string
  readonly variables: readonly string[]
  /** Where the program of Debian's packages lies. */
  readonly program: string
  readonly packages: readonly string[]
  start(): Promise<StartedServer>
}

interface StartedServer extends AsyncDisposable {
  readonly values: readonly string[]
}

export const testServers: readonly TestServer[] = [
  {
    name: 'MariaDB',
    variables: ['HOLDFAST_TEST_MYSQL_URL'],
    program: '/usr/sbin/mariadbd',
    packages: ['mariadb-server'],
    async start() {
      const database = await startMariadb()
      return { values: [database.url], [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
    },
  },
  {
    name: 'RabbitMQ',
    variables: ['HOLDFAST_TEST_AMQP_URL', 'HOLDFAST_TEST_RABBITMQ_API_URL'],
    program: '/usr/lib/rabbitmq/bin/rabbitmq-server',
    packages: ['rabbitmq-server'],
    async start() {
      const broker = await startRabbitmq()
      return { values: [broker.url, broker.apiUrl], [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() }
    },
  },
]

/** Servers for tests, by the variables that hold their addresses, and why the others are not there. */
export interface ProvidedServers extends AsyncDisposable {
  readonly addresses: Readonly<Record<string, string>>
  readonly missing: readonly string[]
}

/** Takes what the environment points to, and starts the others side by side. */
export async function provideServers(servers: readonly TestServer[]): Promise<ProvidedServers> {
  const resources = new AsyncDisposableStack()
  const [addresses, missing]: [Record<string, string>, string[]] = [{}, []]
  const unset = servers.filter(({ variables: [address = ''] }) => process.env[address] === undefined)
  await installMissing(unset).catch(({ message }: Error) => missing.push(message))
  await Promise.all(
    unset.map(async (server) => {
      try {
        const { values } = resources.use(await server.start())
        for (const [index, variable] of server.variables.entries()) addresses[variable] = values[index] ?? ''
      } catch (error) {
        missing.push(`${server.name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }),
  )
  return { addresses, missing, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

async function installMissing(servers: readonly TestServer[]): Promise<void> {
  const packages = servers.filter(({ program }) => !existsSync(program)).flatMap((server) => server.packages)
  if (packages.length > 0) await installPackages(packages)
}
