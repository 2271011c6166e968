import { chmod, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type PackagedProgram, provideProgram } from './debian/packages.ts'
import { runCommand } from './run-command.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface LogShipperOptions {
  /** The path of rsyslog. */
  readonly program: string
  /** Of the files that it reads. */
  readonly folder: string
  /** As in `SEARCH_URL`. */
  readonly searchUrl: string
  readonly settings?: Readonly<Record<string, string>>
}

const rsyslog: PackagedProgram = { path: '/usr/sbin/rsyslogd', packages: ['rsyslog', 'rsyslog-elasticsearch', 'curl'] }
const script = fileURLToPath(new URL('../../docker/logs/ship.sh', import.meta.url))

/** The path of Debian's. @throws with the reason. */
export async function provideRsyslog(): Promise<string> {
  await provideProgram(rsyslog)
  return rsyslog.path
}

/** As `rsyslog 8.2302.0`. */
export async function askRsyslog(program: string): Promise<string> {
  const words = await runCommand(program, ['-v'])
  return `rsyslog ${/\d[\d.]+/.exec(words)?.[0]}`
}

/** Starts one as the container does. Whoever kills it kills all that it has started. */
export async function startLogShipper({ program, folder, searchUrl, settings }: LogShipperOptions): Promise<Server> {
  await using resources = new AsyncDisposableStack()
  const { path } = resources.use(createTemporaryFolder('log-shipper'))
  await writeFile(`${path}/search_url`, searchUrl)
  await chmod(`${path}/search_url`, 0o400)
  const server = resources.use(
    createServerProcess({
      name: 'the log shipper',
      command: 'sh',
      args: () => [script],
      env: { LOG_FOLDER: folder, SEARCH_URL_FILE: `${path}/search_url`, RSYSLOGD: program, TMPDIR: path, PATIENCE: '1', ...settings },
      folder: path,
      isReady: async () => true,
    }),
  )
  await server.start()
  const owned = resources.move()
  return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
