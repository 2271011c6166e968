import { readFile, writeFile } from 'node:fs/promises'
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
      HOLDFAST_SERVERS: servers.map((server) => `server ${server};`).join(' '),
      NGINX_LISTEN: `127.0.0.1:${port}${tls === undefined ? '' : ' ssl'}`,
      NGINX_LOG: accessLog,
      NGINX_MORE: `${folder}/more.conf`,
    }
    await writeFile(`${folder}/holdfast.conf`, fillIn(await readFile(template, 'utf8'), variables))
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
    return { ...server, url, accessLog, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
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
