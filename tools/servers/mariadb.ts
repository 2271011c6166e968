import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { answers } from './answers.ts'
import { findFreePort } from './free-port.ts'
import { runCommand } from './run-command.ts'
import { createServerProcess, type ServerProcess } from './server-process.ts'
import { systemUser } from './system-user.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Database extends ServerProcess {
  /** `mysql://…`, of a user who may do everything. */
  readonly url: string
}

const rootArgs = ['--no-defaults', '--skip-name-resolve', '--character-set-server=utf8mb4']

/** Starts a MariaDB of one's own on a private port, with its defaults. */
export async function startMariadb(): Promise<Database> {
  await using resources = new AsyncDisposableStack()
  const user = systemUser('mysql')
  const folder = resources.use(createTemporaryFolder('mariadb', user)).path
  const password = randomUUID()
  await installDatabase(folder, password, user)
  const port = await findFreePort()
  const server = resources.use(
    createServerProcess({
      name: 'MariaDB',
      command: 'mariadbd',
      args: [
        ...rootArgs,
        `--datadir=${folder}/data`,
        `--socket=${folder}/socket`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--max-connections=500',
      ],
      user,
      folder,
      isReady: () => answers(port),
    }),
  )
  await server.start()
  const owned = resources.move()
  return { ...server, url: `mysql://holdfast:${password}@127.0.0.1:${port}`, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function installDatabase(folder: string, password: string, user: { uid: number; gid: number } | undefined): Promise<void> {
  const accounts = `${folder}/accounts.sql`
  const statements = [
    'FLUSH PRIVILEGES',
    `CREATE USER holdfast@'%' IDENTIFIED BY '${password}'`,
    "GRANT ALL ON *.* TO holdfast@'%' WITH GRANT OPTION",
  ]
  writeFileSync(accounts, statements.map((statement) => `${statement};\n`).join(''))
  const args = ['--no-defaults', `--datadir=${folder}/data`, `--extra-file=${accounts}`, '--skip-test-db', '--skip-name-resolve']
  await runCommand('mariadb-install-db', args, { cwd: folder, user })
}
