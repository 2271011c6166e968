import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { runCommand } from './run-command.ts'
import { type Server, waitUntilReady } from './server.ts'
import { whenOrphaned } from './when-orphaned.ts'

export interface ServerCommand {
  readonly name: string
  readonly command: string
  /** Asked at each start. */
  args(): readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Its own folder, removed also where this process is killed. */
  readonly folder: string
  isReady(): Promise<boolean>
}

const stopTimeoutMs = 30_000
const removeAll = 'for _ in 1 2 3 4 5; do kill -s KILL -- "-$1"; sleep 0.1; rm -rf "$2" && break; done'

/** A server that is a process of this machine. */
export function createServerProcess(server: ServerCommand): Server {
  const log = `${server.folder}/output.log`
  let child: ChildProcess | undefined
  const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null
  const signal = (name: NodeJS.Signals) => {
    if (isRunning() && child?.pid !== undefined) process.kill(-child.pid, name)
  }
  const end = async (name: NodeJS.Signals) => {
    if (child === undefined || !isRunning()) return
    const exited = once(child, 'exit')
    signal(name)
    signal('SIGCONT')
    const timeout = setTimeout(() => signal('SIGKILL'), stopTimeoutMs)
    await exited
    clearTimeout(timeout)
  }
  return {
    async start() {
      if (!isRunning()) child = launch(server, log)
      await waitUntilReady({
        name: server.name,
        isReady: server.isReady,
        isRunning: async () => isRunning(),
        lastWords: () => runCommand('tail', ['-n', '20', log]),
      })
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    stall: async () => signal('SIGSTOP'),
    resume: async () => signal('SIGCONT'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

/** In a group of its own, with what it starts itself: Ctrl-C is not for it, and the whole group is ended. */
function launch({ command, args, env, user, folder }: ServerCommand, log: string): ChildProcess {
  const output = openSync(log, 'a')
  const { PATH } = process.env
  const child = spawn(command, args(), {
    cwd: folder,
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH, LANG: 'C.UTF-8', HOME: folder, ...env },
    ...user,
  })
  closeSync(output)
  child.unref()
  const watcher = whenOrphaned(removeAll, [String(child.pid), folder])
  child.once('close', () => watcher[Symbol.dispose]())
  return child
}
