import { glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type PackagedProgram, provideProgram } from './debian/packages.ts'
import { systemUser } from './debian/system-user.ts'
import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import { renderConfiguration } from './render-configuration.ts'
import { runCommand } from './run-command.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Nginx extends Server {
  /** `http://…`, or `https://…` where it has a certificate. */
  readonly url: string
  /** A line of JSON for each request. */
  readonly readLog: () => Promise<string>
  /** Stands before these from now on. Resolves when what was under way with others has ended, or at last after some seconds. */
  use(servers: readonly string[]): Promise<void>
}

export interface NginxOptions {
  /** Its path. */
  readonly program: string
  /** `HOST:PORT` of each process that it stands before. */
  readonly servers: readonly string[]
  readonly tls?: { readonly key: string; readonly cert: string }
  /** The folder of the blobs, where nginx sends them; as the user that this process has. */
  readonly blobs?: string
  /** So long it waits for a client, instead of what the configuration says: a test has less time. */
  readonly patienceSeconds?: number
}

export const nginx: PackagedProgram = { path: '/usr/sbin/nginx', packages: ['nginx-light'] }
const configuration = new URL('../../docker/nginx/', import.meta.url)

/** The path of Debian's. @throws with the reason. */
export async function provideNginx(): Promise<string> {
  await provideProgram(nginx)
  return nginx.path
}

/** As `nginx 1.22.1`. */
export async function askNginx(program: string): Promise<string> {
  // It says so where errors go.
  const words = await runCommand('sh', ['-c', '"$1" -v 2>&1', 'sh', program])
  return words.trim().replace('nginx version: nginx/', 'nginx ')
}

/** Starts one in front of this process, with the configuration of the stack: only where things lie is another place. */
export async function startNginx({ program, servers, tls, blobs, patienceSeconds }: NginxOptions): Promise<Nginx> {
  const user = blobs === undefined ? systemUser('www-data') : undefined
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const folder = resources.use(createTemporaryFolder('nginx', user)).path
    const variables = {
      HOLDFAST_LISTEN: `127.0.0.1:${port}${tls === undefined ? '' : ' ssl http2'}`,
      HOLDFAST_APP: 'app',
      HOLDFAST_HUB: 'app',
      HOLDFAST_LOG: `${folder}/front.$log_slot.log`,
      HOLDFAST_BLOBS: blobs ?? folder,
      HOLDFAST_HSTS: '',
      HOLDFAST_MAX_BODY: '0',
      HOLDFAST_MAX_CONNECTIONS: '500',
      HOLDFAST_RESOLVER: '127.0.0.1',
    }
    await mkdir(`${folder}/conf.d`)
    const main = await readFile(new URL('nginx.conf', configuration), 'utf8')
    const template = await readFile(new URL('templates/holdfast.conf.template', configuration), 'utf8')
    const served =
      patienceSeconds === undefined ? template : template.replaceAll(/(client_\w+|send)_timeout \d+s/g, `$1_timeout ${patienceSeconds}s`)
    await writeFile(`${folder}/nginx.conf`, `${blobs === undefined ? '' : 'user root;\n'}${renderConfiguration(main, folder, {})}`)
    await writeFile(`${folder}/conf.d/holdfast.conf`, renderConfiguration(served, folder, variables))
    const standBefore = (processes: readonly string[]) => writeFile(`${folder}/conf.d/app.conf`, upstream(processes))
    await standBefore(servers)
    if (tls !== undefined) await writeFile(`${folder}/conf.d/tls.conf`, `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`)
    const server = resources.use(
      createServerProcess({
        name: 'nginx',
        command: program,
        args: () => ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr', '-g', 'daemon off;'],
        user,
        folder,
        isReady: () => answers(port, 'nonsense\r\n\r\n'),
      }),
    )
    await server.start()
    const owned = resources.move()
    const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    const use = async (others: readonly string[]) => {
      await standBefore(others)
      await reload(Number(await readFile(`${folder}/nginx.pid`, 'utf8')))
    }
    return { ...server, url, use, readLog: () => readLog(folder), [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

const upstream = (servers: readonly string[]): string =>
  `upstream app {\n${servers.map((server) => `  server ${server} max_fails=0;\n`).join('')}}\n`

const reloadWithinMs = 60_000

/** New workers take what comes; those of before end when what they serve has. */
async function reload(pid: number): Promise<void> {
  const workers = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  const before = await workers()
  const until = performance.now() + reloadWithinMs
  process.kill(pid, 'SIGHUP')
  for (let now = before; now.some((worker) => before.includes(worker)) && performance.now() < until; now = await workers()) await pause(20)
}

async function readLog(folder: string): Promise<string> {
  let log = ''
  for await (const file of glob(`${folder}/front.*.log`)) log += await readFile(file, 'utf8')
  return log
}
