import { writeFileSync } from 'node:fs'
import type { Broker } from '../broker.ts'
import { isBrokerReady, withBrokerTools } from '../broker-tools.ts'
import { answers } from '../first-words.ts'
import { runCommand } from '../run-command.ts'
import type { Server } from '../server.ts'
import { createServerProcess } from '../server-process.ts'
import type { PackagedProgram } from './packages.ts'

/** Beside Debian's wrappers, which change the user. */
const programs = '/usr/lib/rabbitmq/bin'
export const rabbitmq: PackagedProgram = { path: `${programs}/rabbitmq-server`, packages: ['rabbitmq-server'] }

export interface NodeOptions {
  readonly folder: string
  readonly port: number
  readonly apiPort: number
  /** What nodes talk to one another on. */
  readonly distributionPort: number
  readonly password: string
  readonly cluster: NodeCluster
}

interface NodeCluster {
  /** The port of the epmd that knows all nodes. */
  readonly epmdPort: number
  readonly cookie: string
  readonly nodeNames: readonly string[]
}

export function nodeName(port: number): string {
  return `holdfast-${port}@localhost`
}

/** Started by itself, it outlives no broker; a broker that finds none would leave one behind. */
export function createEpmd(folder: string, port: number): Server {
  return createServerProcess({
    name: 'epmd',
    command: 'epmd',
    args: () => ['-address', '127.0.0.1', '-port', String(port)],
    folder,
    isReady: () => answers(port, '\0\x01n'),
  })
}

export function createRabbitmqNode(options: NodeOptions): Broker {
  const { folder } = options
  const env = environment(options)
  writeSettings(options)
  const server = createServerProcess({
    name: 'RabbitMQ',
    command: rabbitmq.path,
    args: () => [],
    env,
    folder,
    isReady: () => isBrokerReady(options),
  })
  return withBrokerTools(server, options, (...args) => runCommand(`${programs}/rabbitmqctl`, args, { env }))
}

function writeSettings({ folder, port, apiPort, password, cluster }: NodeOptions): void {
  const settings = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${apiPort}`,
    'default_user = holdfast',
    `default_pass = ${password}`,
    'log.console = true',
    'log.file = false',
    'cluster_partition_handling = pause_minority',
    ...cluster.nodeNames.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
  ]
  writeFileSync(`${folder}/rabbitmq.conf`, `${settings.join('\n')}\n`)
  // A node that is silent is suspected within a second or two, not within ten; later versions say it in rabbitmq.conf.
  writeFileSync(`${folder}/advanced.config`, '[{aten, [{poll_interval, 1000}]}].\n')
  writeFileSync(`${folder}/plugins`, '[rabbitmq_management].\n')
  writeFileSync(`${folder}/.erlang.cookie`, cluster.cookie, { mode: 0o400 })
}

function environment({ folder, port, distributionPort, cluster }: NodeOptions): Record<string, string> {
  return {
    HOME: folder,
    ERL_EPMD_PORT: String(cluster.epmdPort),
    RABBITMQ_NODENAME: nodeName(port),
    RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
    RABBITMQ_ADVANCED_CONFIG_FILE: `${folder}/advanced.config`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/plugins`,
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_PID_FILE: `${folder}/pid`,
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none -kernel inet_dist_use_interface {127,0,0,1}',
    // Its script then becomes the broker instead of watching over it.
    RUNNING_UNDER_SYSTEMD: 'true',
  }
}
