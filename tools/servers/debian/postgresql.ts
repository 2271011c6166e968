import { readdirSync } from 'node:fs'
import { onFreePorts } from '../free-ports.ts'
import { runCommand } from '../run-command.ts'
import type { Server } from '../server.ts'
import { createServerProcess } from '../server-process.ts'
import { createTemporaryFolder } from '../temporary-folder.ts'
import { type PackagedProgram, provideProgram } from './packages.ts'
import { systemUser } from './system-user.ts'

export interface Postgresql extends Server {
  /** `postgres://…`, of a user who may do everything. */
  readonly url: string
}

/** Each version has a folder of its own there. */
const versions = '/usr/lib/postgresql'
const postgresql: PackagedProgram = { path: versions, packages: ['postgresql'] }

/** Starts a PostgreSQL of Debian's with the defaults: a commit has reached the disk when it is answered. */
export async function startPostgresql(): Promise<Postgresql> {
  await provideProgram(postgresql)
  const programs = `${versions}/${readdirSync(versions).toSorted().at(-1)}/bin`
  const user = systemUser('postgres')
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const folder = resources.use(createTemporaryFolder('postgresql', user)).path
    const data = `${folder}/data`
    await runCommand(`${programs}/initdb`, ['--auth=trust', '--username=holdfast', `--pgdata=${data}`], { cwd: folder, user })
    const server = resources.use(
      createServerProcess({
        name: 'PostgreSQL',
        command: `${programs}/postgres`,
        args: () => ['-D', data, '-k', folder, '-p', String(port), '-h', '127.0.0.1'],
        user,
        folder,
        isReady: () => isReady(programs, port),
      }),
    )
    await server.start()
    const owned = resources.move()
    const url = `postgres://holdfast@127.0.0.1:${port}/postgres`
    return { ...server, url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

const isReady = (programs: string, port: number) =>
  runCommand(`${programs}/pg_isready`, [`--host=127.0.0.1`, `--port=${port}`]).then(
    () => true,
    () => false,
  )
