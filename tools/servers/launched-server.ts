import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from './run-command.ts'
import { type Server, waitUntilReady } from './server.ts'
import { whenOrphaned } from './when-orphaned.ts'

export interface ServerLaunch {
  readonly name: string
  /** Starts it and leaves it running; prints its process as a line `PID=…`. */
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Its own folder, removed also where this process is killed. */
  readonly folder: string
  isReady(): Promise<boolean>
}

const launchTimeoutMs = 300_000
const stopTimeoutMs = 30_000
const removeAll = 'kill -s KILL "$1"; for _ in 1 2 3 4 5; do rm -rf "$2" && break; sleep 0.1; done'

/** A server that somebody else's program starts. */
export function createLaunchedServer({ name, command, args, env = {}, folder, isReady }: ServerLaunch): Server {
  let pid: number | undefined
  let watcher: Disposable | undefined
  const isRunning = async () => pid !== undefined && (await isAlive(pid))
  const signal = async (what: NodeJS.Signals) => {
    if (pid !== undefined && (await isAlive(pid))) process.kill(pid, what)
  }
  const end = async (what: NodeJS.Signals) => {
    await signal(what)
    await signal('SIGCONT')
    const deadline = Date.now() + stopTimeoutMs
    while (await isRunning()) {
      if (Date.now() > deadline) await signal('SIGKILL')
      await sleep(50)
    }
    watcher?.[Symbol.dispose]()
  }
  return {
    async start() {
      if (!(await isRunning())) {
        pid = pidIn(await runCommand(command, args, { env, timeoutMs: launchTimeoutMs }))
        watcher = whenOrphaned(removeAll, [String(pid), folder])
      }
      await waitUntilReady({ name, isReady, isRunning, lastWords: async () => '' })
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    stall: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  }
}

function pidIn(output: string): number {
  const pid = /^PID=(\d+)$/m.exec(output)?.[1]
  if (pid === undefined) throw new Error(`no line PID=… in what it printed:\n${output}`)
  return Number(pid)
}

/** Also not, where it has ended and its parent has yet to hear of it. */
const isAlive = (pid: number): Promise<boolean> =>
  runCommand('ps', ['-o', 'stat=', '-p', String(pid)]).then(
    (state) => !state.startsWith('Z'),
    () => false,
  )
