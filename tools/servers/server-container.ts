import { docker, label } from './docker.ts'
import { type Server, waitUntilReady } from './server.ts'
import { whenOrphaned } from './when-orphaned.ts'

export interface ServerImage {
  readonly name: string
  /** With its exact tag. */
  readonly image: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The container's ports, each by the loopback port it is reached at. */
  readonly ports: Readonly<Record<number, number>>
  isReady(exec: Exec): Promise<boolean>
}

/** What a command prints that runs beside the server. @throws when it fails. */
export type Exec = (...command: string[]) => Promise<string>

export interface ServerContainer extends Server {
  readonly exec: Exec
}

/** A server that is a container. */
export async function createServerContainer(server: ServerImage): Promise<ServerContainer> {
  const options = [
    ...Object.entries(server.env ?? {}).map(([name, value]) => `--env=${name}=${value}`),
    ...Object.entries(server.ports).map(([outer, inner]) => `--publish=127.0.0.1:${outer}:${inner}`),
  ]
  const created = await docker('create', `--label=${label}`, ...options, server.image, ...(server.args ?? []))
  const id = created.trim()
  const watcher = whenOrphaned('docker rm --force --volumes "$1"', [id])
  const stateIs = async (state: string) => (await docker('inspect', '--format={{.State.Status}}', id)).trim() === state
  const exec: Exec = (...command) => docker('exec', id, ...command)
  return {
    async start() {
      await docker('start', id)
      await waitUntilReady({
        name: server.name,
        isReady: () => server.isReady(exec),
        isRunning: () => stateIs('running'),
        lastWords: () => docker('logs', '--tail=20', id),
      })
    },
    stop: async () => void (await docker('stop', '--time=30', id)),
    async kill() {
      if (!(await stateIs('exited'))) await docker('kill', id)
    },
    async stall() {
      if (await stateIs('running')) await docker('pause', id)
    },
    async resume() {
      if (await stateIs('paused')) await docker('unpause', id)
    },
    exec,
    async [Symbol.asyncDispose]() {
      await docker('rm', '--force', '--volumes', id)
      watcher[Symbol.dispose]()
    },
  }
}
