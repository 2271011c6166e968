import { type PackagedProgram, provideProgram } from './debian/packages.ts'
import { provideImage } from './docker.ts'
import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerContainer } from './server-container.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Redis extends Server {
  /** `redis://…` */
  readonly url: string
}

const image = 'redis:7.4.5'
const redis: PackagedProgram = { path: '/usr/bin/redis-server', packages: ['redis-server'] }

/** Starts a Redis of one's own: through Docker where it has one, else Debian's. */
export async function startRedis(): Promise<Redis> {
  const inDocker = await provideImage(image)
  if (!inDocker) await provideProgram(redis)
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const server = resources.use(
      inDocker ? await createContainer(port) : createProcess(port, resources.use(createTemporaryFolder('redis')).path),
    )
    await server.start()
    const owned = resources.move()
    return { ...server, url: `redis://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

const isReady = (port: number) => () => answers(port, 'PING\r\n')

function createContainer(port: number): Promise<Server> {
  return createServerContainer({ name: 'Redis', image, ports: { [port]: 6379 }, isReady: isReady(port) })
}

function createProcess(port: number, folder: string): Server {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
  return createServerProcess({ name: 'Redis', command: redis.path, args: () => args, folder, isReady: isReady(port) })
}
