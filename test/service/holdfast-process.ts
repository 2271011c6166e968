import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

export const commandLine = pathOf('../../apps/media/src/main/cli.ts')
/** What its first line gives Node: `#!/usr/bin/env -S node …`. */
export const nodeOptions: readonly string[] = (readFileSync(commandLine, 'utf8').split('\n')[0] ?? '').split(' ').slice(3)
/** A program that is `holdfast ROLE` until it is told to die. */
export const killable = pathOf('killable-process.ts')

export interface HoldfastOptions {
  readonly dataDir: string
  /** Environment variables beside `DATA_DIR`; `APP_ENV` is test unless it is among them. */
  readonly settings?: Readonly<Record<string, string>>
  /** The program and its arguments: `holdfast run` by default. */
  readonly command?: readonly string[]
  /** Takes each line of both outputs. */
  readonly onLine?: (line: string) => void
  readonly stdin?: 'ignore' | 'pipe'
  /** The user to run as, where this one is root. */
  readonly uid?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface HoldfastProcess extends AsyncDisposable {
  readonly child: ChildProcess
  readonly pid: number
  /** Where it listens; empty where it does not. */
  readonly url: string
  readonly exited: Promise<Exit>
  isRunning(): boolean
  /** With SIGKILL. Resolves when it is gone. */
  kill(): Promise<Exit>
  /** With SIGTERM. Resolves when it has ended in its own time. */
  stop(): Promise<Exit>
}

/** What a process of the project is given: nothing of the settings of whoever runs the tests. */
export function environment({ dataDir, settings = {} }: Pick<HoldfastOptions, 'dataDir' | 'settings'>): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ, NODE_COMPILE_CACHE } = process.env
  return { PATH, HOME, TZ, NODE_COMPILE_CACHE, APP_ENV: 'test', HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, ...settings }
}

/** Starts a process of its own and resolves when it is ready to serve. Throws with its last lines where it ends before. */
export async function startHoldfast(options: HoldfastOptions): Promise<HoldfastProcess> {
  const { command = [...nodeOptions, commandLine, 'run'], onLine, stdin = 'ignore', uid } = options
  const child = spawn(process.execPath, command, {
    env: environment(options),
    stdio: [stdin, 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  const last: string[] = []
  const take = (line: string) => {
    last.push(line)
    if (last.length > 50) last.shift()
    onLine?.(line)
  }
  // Whoever runs the tests may be ended at any time: nothing of theirs outlives them.
  const killWithParent = () => child.kill('SIGKILL')
  process.once('exit', killWithParent)
  child.once('close', () => process.removeListener('exit', killWithParent))
  const ready = urlWhenReady([child.stdout, child.stderr], take)
  const url = await Promise.race([ready, exited.then(() => undefined)])
  if (url === undefined) throw new Error(`holdfast ended before it was ready\n${last.join('\n')}`)
  return describe(child, url, exited)
}

function describe(child: ChildProcess, url: string, exited: Promise<Exit>): HoldfastProcess {
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const end = (signal: NodeJS.Signals) => {
    if (isRunning()) child.kill(signal)
    return exited
  }
  return {
    child,
    pid: child.pid ?? 0,
    url,
    exited,
    isRunning,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  }
}

function urlWhenReady(outputs: readonly (Readable | null)[], take: (line: string) => void): Promise<string> {
  return new Promise((resolve) => {
    for (const output of outputs.filter((stream) => stream !== null)) {
      createInterface({ input: output }).on('line', (line) => {
        take(line)
        const url = line.startsWith('{') && line.includes('"ready"') ? urlOf(line) : undefined
        if (url !== undefined) resolve(url)
      })
    }
  })
}

function urlOf(line: string): string | undefined {
  const { message, url } = JSON.parse(line) as { message?: string; url?: string }
  return message === 'ready' ? (url ?? '') : undefined
}
