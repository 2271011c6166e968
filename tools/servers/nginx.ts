import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { type PackagedProgram, provideProgram } from './debian/packages.ts'
import { systemUser } from './debian/system-user.ts'
import { answers } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import { runCommand } from './run-command.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Nginx extends Server {
  /** `http://…`, or `https://…` where it has a certificate. */
  readonly url: string
  /** A line of JSON for each request. */
  readonly accessLog: string
  /** Stands before these from now on. Resolves when what was under way with others has ended, or at last after some seconds. */
  use(servers: readonly string[]): Promise<void>
}

export interface NginxOptions {
  /** Its path. */
  readonly program: string
  /** `HOST:PORT` of each process that it stands before. */
  readonly servers: readonly string[]
  readonly tls?: { readonly key: string; readonly cert: string }
}

const nginx: PackagedProgram = { path: '/usr/sbin/nginx', packages: ['nginx-light'] }
const template = new URL('../../docker/nginx/holdfast.conf.template', import.meta.url)

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

/** Starts one in front of these processes, with the configuration that is for everybody. */
export async function startNginx({ program, servers, tls }: NginxOptions): Promise<Nginx> {
  const user = systemUser('www-data')
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const folder = resources.use(createTemporaryFolder('nginx', user)).path
    const accessLog = `${folder}/access.log`
    const more = tls === undefined ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`
    await writeFile(`${folder}/more.conf`, more)
    const variables = {
      NGINX_LISTEN: `127.0.0.1:${port}${tls === undefined ? '' : ' ssl'}`,
      NGINX_LOG: accessLog,
      NGINX_MORE: `${folder}/more.conf`,
    }
    const configure = async (stoodBefore: readonly string[]) => {
      const list = stoodBefore.map((server) => `server ${server} max_fails=0;`).join(' ')
      await writeFile(`${folder}/holdfast.conf`, fillIn(await readFile(template, 'utf8'), { ...variables, HOLDFAST_SERVERS: list }))
    }
    await configure(servers)
    await writeFile(`${folder}/nginx.conf`, mainConfiguration(folder))
    const server = resources.use(
      createServerProcess({
        name: 'nginx',
        command: program,
        args: () => ['-p', folder, '-c', `${folder}/nginx.conf`, '-e', 'stderr'],
        user,
        folder,
        isReady: () => answers(port, 'nonsense\r\n\r\n'),
      }),
    )
    await server.start()
    const owned = resources.move()
    const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
    const use = async (others: readonly string[]) => {
      await configure(others)
      await reload(Number(await readFile(`${folder}/nginx.pid`, 'utf8')))
    }
    return { ...server, url, accessLog, use, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

const reloadWithinMs = 10_000

/** New workers take what comes; those of before end when what they serve has. */
async function reload(pid: number): Promise<void> {
  const workers = async () => (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  const before = await workers()
  const until = performance.now() + reloadWithinMs
  process.kill(pid, 'SIGHUP')
  for (let now = before; now.some((worker) => before.includes(worker)) && performance.now() < until; now = await workers()) await pause(20)
}

/** As the image of nginx does: only what is there by this name, and nothing of nginx's own variables. */
function fillIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole)
}

/** All that it would write elsewhere lies in a folder of its own. */
function mainConfiguration(folder: string): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`)
  return `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
events {
  worker_connections 4096;
}
http {
  ${paths.join('\n  ')}
  include ${folder}/holdfast.conf;
}
`
}
