import { fileURLToPath } from 'node:url'
import { firstWords } from './first-words.ts'
import { onFreePorts } from './free-ports.ts'
import type { Server } from './server.ts'
import { createServerProcess } from './server-process.ts'
import { createTemporaryFolder } from './temporary-folder.ts'

export interface MailServer extends Server {
  /** `smtp://HOST:PORT` */
  readonly url: string
  /** Where it keeps what it took, an `.eml` file each. */
  readonly folder: string
}

export interface MailServerOptions {
  /** With these files it offers STARTTLS. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

const program = fileURLToPath(new URL('smtp/mail-server.ts', import.meta.url))

/** Starts a mail server of one's own, which is `smtp-server` of npm. */
export async function startMailServer({ tls }: MailServerOptions = {}): Promise<MailServer> {
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const { path } = resources.use(createTemporaryFolder('smtp'))
    const files = tls === undefined ? [] : [tls.key, tls.cert]
    const server = resources.use(
      createServerProcess({
        name: 'the mail server',
        command: process.execPath,
        args: () => [program, String(port), path, ...files],
        folder: path,
        isReady: async () => (await firstWords(port))?.startsWith('220') === true,
      }),
    )
    await server.start()
    const owned = resources.move()
    return { ...server, url: `smtp://127.0.0.1:${port}`, folder: path, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}
