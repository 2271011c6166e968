import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onFreePorts } from './free-ports.ts'
import { runCommand } from './run-command.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface Azurite extends Server {
  /** `http://ACCOUNT:KEY@HOST:PORT/ACCOUNT`: the endpoint of an account, and its key. */
  readonly url: string
}

const folder = fileURLToPath(new URL('azurite', import.meta.url))
const program = `${folder}/node_modules/.bin/azurite-blob`
const installTimeoutMs = 600_000

/** Paths of PEM files, for the name `localhost`. */
export interface AzuriteCertificate {
  readonly key: string
  readonly cert: string
}

/**
 * Starts an Azurite of one's own, from npm, with an account that nobody else knows. It keeps its blobs in a folder of its own until it is disposed. With a certificate it
 * speaks TLS, and takes tokens of an identity too: it looks at whom they are from, for what, and until when, and not at their signature.
 */
export async function startAzurite(certificate?: AzuriteCertificate): Promise<Azurite> {
  // One lockfile for its three hundred packages, which nobody needs but these tests.
  if (!existsSync(`${folder}/node_modules/.package-lock.json`)) {
    await runCommand('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'], { timeoutMs: installTimeoutMs })
  }
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const { path } = resources.use(createTemporaryFolder('azurite'))
    const key = randomBytes(64).toString('base64')
    const endpoint = `${certificate === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${port}/holdfast`
    const tls = certificate === undefined ? [] : ['--cert', certificate.cert, '--key', certificate.key, '--oauth', 'basic']
    const server = resources.use(
      createServerProcess({
        name: 'Azurite',
        command: program,
        args: () => ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', path, ...tls, ...quiet],
        env: { AZURITE_ACCOUNTS: `holdfast:${key}` },
        folder: path,
        isReady: () => isAzurite(endpoint),
      }),
    )
    await server.start()
    const owned = resources.move()
    const url = Object.assign(new URL(endpoint), { username: 'holdfast', password: encodeURIComponent(key) }).href
    return { ...server, url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

const quiet = ['--disableTelemetry', '--silent', '--skipApiVersionCheck']

const isAzurite = (endpoint: string): Promise<boolean> =>
  fetch(endpoint, { signal: AbortSignal.timeout(2_000) }).then(
    ({ headers }) => headers.get('server')?.startsWith('Azurite') === true,
    () => false,
  )
