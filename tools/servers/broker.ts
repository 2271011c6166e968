import { randomUUID } from 'node:crypto'
import { isBrokerReady, withBrokerTools } from './broker-tools.ts'
import { whyUnavailable } from './debian/packages.ts'
import { startDebianBroker } from './debian/rabbitmq.ts'
import { rabbitmq } from './debian/rabbitmq-node.ts'
import { provideImage } from './docker.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerContainer } from './server-container.ts'

export interface Broker extends Server {
  /** `amqp://…`, of an administrator; the virtual host is yours to add. */
  readonly url: string
  /** `http://…`: the management API, of the same user. */
  readonly apiUrl: string
  /** What `rabbitmqctl` prints: `ctl('close_all_connections', 'test')`. @throws with what it said when it fails. */
  ctl(...args: string[]): Promise<string>
  /** Makes it forget everything: virtual hosts, users but the first, queues and what was in them. */
  wipe(): Promise<void>
}

const image = 'rabbitmq:4.1.4-management'

/** Starts a RabbitMQ of one's own: through Docker where it has one, else Debian's. */
export async function startBroker(): Promise<Broker> {
  return (await provideImage(image)) ? startContainer() : startDebianBroker()
}

/** Why none can be started here. */
export async function whyNoBroker(): Promise<string | false> {
  return !(await provideImage(image)) && (whyUnavailable(rabbitmq) ?? false)
}

function startContainer(): Promise<Broker> {
  return onFreePorts(2, async ([port = 0, apiPort = 0]) => {
    await using resources = new AsyncDisposableStack()
    const place = { port, apiPort, password: randomUUID() }
    const server = resources.use(
      await createServerContainer({
        name: 'RabbitMQ',
        image,
        env: { RABBITMQ_DEFAULT_USER: 'holdfast', RABBITMQ_DEFAULT_PASS: place.password },
        ports: { [port]: 5672, [apiPort]: 15_672 },
        isReady: () => isBrokerReady(place),
      }),
    )
    await server.start()
    resources.move()
    const { exec, ...life } = server
    return withBrokerTools(life, place, (...args) => exec('rabbitmqctl', ...args))
  })
}
