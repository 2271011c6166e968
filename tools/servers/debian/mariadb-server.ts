import { writeFileSync } from 'node:fs'
import { answers } from '../first-words.ts'
import { runCommand } from '../run-command.ts'
import type { Server } from '../server.ts'
import { createServerProcess } from '../server-process.ts'
import type { PackagedProgram } from './packages.ts'
import { systemUser } from './system-user.ts'

export const mariadb: PackagedProgram = { path: '/usr/sbin/mariadbd', packages: ['mariadb-server'] }

/** It refuses to run as root. */
export const mariadbUser = () => systemUser('mysql')

export interface MariadbOptions {
  readonly folder: string
  readonly port: number
  readonly password: string
  /** Asked at each start. */
  args?(): readonly string[]
  /** SQL that gives a row when the server is ready. */
  readonly readyWhen: string
}

/** Of the server, not of Debian; but the character set that later versions have. */
const defaults = [
  '--no-defaults',
  '--skip-name-resolve',
  '--character-set-server=utf8mb4',
  '--max-connections=500',
  '--bind-address=127.0.0.1',
]

export function createMariadbServer(options: MariadbOptions): Server & { readonly url: string } {
  const { folder, port, password } = options
  const server = createServerProcess({
    name: 'MariaDB',
    command: mariadb.path,
    args: () => [...defaults, `--datadir=${folder}/data`, `--socket=${folder}/socket`, `--port=${port}`, ...(options.args?.() ?? [])],
    user: mariadbUser(),
    folder,
    isReady: async () => (await answers(port)) && (await isReady(options)),
  })
  return { ...server, url: `mysql://holdfast:${password}@127.0.0.1:${port}` }
}

async function isReady({ port, password, readyWhen }: MariadbOptions): Promise<boolean> {
  const args = ['--no-defaults', '--host=127.0.0.1', `--port=${port}`, '--user=holdfast', '--skip-column-names', `--execute=${readyWhen}`]
  return runCommand('mariadb', args, { env: { MYSQL_PWD: password }, timeoutMs: 5000 }).then(
    (rows) => rows !== '',
    () => false,
  )
}

/** Writes the tables of an empty server, with one user who may do everything. */
export async function installMariadb({ folder, password }: Pick<MariadbOptions, 'folder' | 'password'>): Promise<void> {
  const accounts = `${folder}/accounts.sql`
  const statements = [
    'FLUSH PRIVILEGES',
    `CREATE USER holdfast@'%' IDENTIFIED BY '${password}'`,
    "GRANT ALL ON *.* TO holdfast@'%' WITH GRANT OPTION",
  ]
  writeFileSync(accounts, statements.map((statement) => `${statement};\n`).join(''))
  const args = ['--no-defaults', `--datadir=${folder}/data`, `--extra-file=${accounts}`, '--skip-test-db', '--skip-name-resolve']
  await runCommand('mariadb-install-db', args, { cwd: folder, user: mariadbUser() })
}
