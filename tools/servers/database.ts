import { randomUUID } from 'node:crypto'
import { startMariadb } from './debian/mariadb.ts'
import { mariadb } from './debian/mariadb-server.ts'
import { whyUnavailable } from './debian/packages.ts'
import { provideImage } from './docker.ts'
import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerContainer, type Exec } from './server-container.ts'

export interface Database extends Server {
  /** `mysql://…`, of a user who may do everything. */
  readonly url: string
}

const image = 'mysql:8.4.6'

/** A MySQL where Docker has one, else a MariaDB of Debian's; nobody else's, with the defaults. */
export async function startDatabase(): Promise<Database> {
  return (await provideImage(image)) ? startMysql() : startMariadb()
}

/** Why none can be started here. */
export async function whyNoDatabase(): Promise<string | false> {
  return !(await provideImage(image)) && (whyUnavailable(mariadb) ?? false)
}

function startMysql(): Promise<Database> {
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const password = randomUUID()
    const server = resources.use(
      await createServerContainer({
        name: 'MySQL',
        image,
        args: ['--max-connections=500'],
        env: { MYSQL_ROOT_PASSWORD: password },
        ports: { [port]: 3306 },
        isReady: async (exec) => (await answers(port)) && (await letsIn(exec, password)),
      }),
    )
    await server.start()
    resources.move()
    const { exec: _, ...life } = server
    return { ...life, url: `mysql://root:${password}@127.0.0.1:${port}` }
  })
}

/** The image first starts a server that is not yet the one: it has no port. This one may still be about to take its users. */
function letsIn(exec: Exec, password: string): Promise<boolean> {
  return exec('mysql', '--host=127.0.0.1', '--user=root', `--password=${password}`, '--execute=SELECT 1').then(
    () => true,
    () => false,
  )
}
