import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { whenOrphaned } from './when-orphaned.ts'

export interface ServerCommand {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly user?: { uid: number; gid: number } | undefined
  /** Its own folder, removed also where this process is killed. */
  readonly folder: string
  isReady(): Promise<boolean>
}

/** A server on this machine. Each of these resolves when it is so, and may be repeated. */
export interface ServerProcess extends AsyncDisposable {
  /** Starts it when it does not run, and resolves when it is ready. */
  start(): Promise<void>
  /** Ends it in its own time. */
  stop(): Promise<void>
  /** Ends it with SIGKILL. */
  kill(): Promise<void>
  /** Holds it with SIGSTOP: its connections stay open and nothing is answered. */
  stall(): void
  /** Lets it go on. */
  resume(): void
}

const startTimeoutMs = 120_000
const stopTimeoutMs = 30_000
const removeAll = 'for _ in 1 2 3 4 5; do kill -s KILL -- "-$1"; sleep 0.1; rm -rf "$2" && break; done'

export function createServerProcess(server: ServerCommand): ServerProcess {
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
  const kill = () => end('SIGKILL')
  return {
    async start() {
      if (!isRunning()) child = launch(server, log)
      const deadline = Date.now() + startTimeoutMs
      while (!(await server.isReady())) {
        if (!isRunning()) throw new Error(`${server.name} ended before it was ready\n${lastLines(log)}`)
        if (Date.now() > deadline) throw new Error(`${server.name} is not ready after ${startTimeoutMs / 1000} s\n${lastLines(log)}`)
        await sleep(50)
      }
    },
    stop: () => end('SIGTERM'),
    kill,
    stall: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    [Symbol.asyncDispose]: kill,
  }
}

/** In a group of its own, with what it starts itself: Ctrl-C is not for it, and the whole group is ended. */
function launch({ command, args, env, user, folder }: ServerCommand, log: string): ChildProcess {
  const output = openSync(log, 'a')
  const { PATH } = process.env
  const child = spawn(command, args, {
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

function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
}
