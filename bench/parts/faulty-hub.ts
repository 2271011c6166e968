import { commandLine, environment, nodeOptions } from '../../test/service/holdfast-process.ts'
import { onFreePorts } from '../../tools/servers/free-ports.ts'
import type { Server } from '../../tools/servers/server.ts'
import { createServerProcess } from '../../tools/servers/server-process.ts'
import { createTemporaryFolder } from '../../tools/servers/temporary-folder.ts'
import { startBehindProxy } from './behind-proxy.ts'
import type { OptionalPart } from './optional-part.ts'

const secret = 'what the hub and the service that publishes share'

/** A hub beside the service: that of another Holdfast, which has nothing else in common with the one under load. */
export async function startFaultyHub(): Promise<OptionalPart> {
  const { url, ...server } = await startBehindProxy(startHub)
  return {
    name: 'hub',
    calls: ['publish'],
    settings: { MERCURE_URL: new URL('/.well-known/mercure', url).href, MERCURE_JWT_SECRET: secret },
    ...server,
  }
}

function startHub(): Promise<Server & { readonly url: string }> {
  return onFreePorts(1, async ([port = 0]) => {
    await using resources = new AsyncDisposableStack()
    const { path } = resources.use(createTemporaryFolder('hub'))
    const url = `http://127.0.0.1:${port}`
    const server = resources.use(
      createServerProcess({
        name: 'the hub',
        command: process.execPath,
        args: () => [...nodeOptions, commandLine, 'run'],
        env: settingsOf(path, port),
        folder: path,
        isReady: () =>
          fetch(`${url}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          ),
      }),
    )
    await server.start()
    const owned = resources.move()
    return { ...server, url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
  })
}

function settingsOf(dataDir: string, port: number): Record<string, string> {
  const settings = { PORT: String(port), MERCURE_JWT_SECRET: secret, HTTP_MAX_REQUESTS_PER_MINUTE: '1000000' }
  const known = Object.entries(environment({ dataDir, settings }))
  return Object.fromEntries(known.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
