import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { answers } from './answers.ts'
import { findFreePort } from './free-port.ts'
import { runCommand } from './run-command.ts'
import { createServerProcess, type ServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Broker extends ServerProcess {
  /** `amqp://…`, of an administrator, without a virtual host. */
  readonly url: string
  /** `http://…`: the management API, of the same user. */
  readonly apiUrl: string
  /** What `rabbitmqctl` prints: `ctl('close_all_connections', 'test')`. @throws with what it said when it fails. */
  ctl(...args: string[]): Promise<string>
  /** Kills it and starts it again without anything it knew. */
  wipe(): Promise<void>
}

/** Beside Debian's wrappers, which change the user. */
const programs = '/usr/lib/rabbitmq/bin'
const protocolHeader = 'AMQP\0\0\x09\x01'

/** Starts a RabbitMQ of one's own on private ports, with an epmd of its own. */
export async function startRabbitmq(): Promise<Broker> {
  await using resources = new AsyncDisposableStack()
  const folder = resources.use(createTemporaryFolder('rabbitmq')).path
  const ports = { amqp: await findFreePort(), api: await findFreePort(), distribution: await findFreePort(), epmd: await findFreePort() }
  const password = randomUUID()
  const env = configure(folder, ports, password)
  const epmd = resources.use(
    createServerProcess({
      name: 'epmd',
      command: 'epmd',
      args: ['-address', '127.0.0.1', '-port', String(ports.epmd)],
      folder,
      isReady: () => answers(ports.epmd, '\0\x01n'),
    }),
  )
  const server = resources.use(
    createServerProcess({
      name: 'RabbitMQ',
      command: `${programs}/rabbitmq-server`,
      args: [],
      env,
      folder,
      isReady: () => answers(ports.amqp, protocolHeader),
    }),
  )
  await epmd.start()
  await server.start()
  const owned = resources.move()
  return {
    ...server,
    url: `amqp://holdfast:${password}@127.0.0.1:${ports.amqp}`,
    apiUrl: `http://holdfast:${password}@127.0.0.1:${ports.api}`,
    ctl: (...args) => runCommand(`${programs}/rabbitmqctl`, args, { env }),
    async wipe() {
      await server.kill()
      await rm(`${folder}/mnesia`, { recursive: true, force: true, maxRetries: 5 })
      await server.start()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

type Ports = Readonly<Record<'amqp' | 'api' | 'distribution' | 'epmd', number>>

/** Writes its settings into its folder; the environment that it and its tools need. */
function configure(folder: string, ports: Ports, password: string): Record<string, string> {
  const settings = {
    'listeners.tcp.1': `127.0.0.1:${ports.amqp}`,
    'management.tcp.ip': '127.0.0.1',
    'management.tcp.port': ports.api,
    default_user: 'holdfast',
    default_pass: password,
    'log.console': true,
    'log.file': false,
  }
  writeFileSync(
    `${folder}/rabbitmq.conf`,
    Object.entries(settings)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join(''),
  )
  writeFileSync(`${folder}/plugins`, '[rabbitmq_management].\n')
  writeFileSync(`${folder}/.erlang.cookie`, randomUUID(), { mode: 0o400 })
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(ports.epmd),
    RABBITMQ_NODENAME: `holdfast-${ports.amqp}@localhost`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: `${folder}/pid`,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
    // Its script then becomes the broker instead of watching over it.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}
