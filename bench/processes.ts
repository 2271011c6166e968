import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Measured } from './load/measure.ts'

type Program = ChildProcessByStdio<null, Readable, null>

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly url: string
}

/** A program of this folder as a process of its own: `args` go to it as they are. */
function spawnProgram(program: string, args: readonly string[]): Program {
  const path = fileURLToPath(new URL(program, import.meta.url))
  return spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Starts a server of `servers/` and waits for the address it announces. */
export async function startServer(program: string, ...args: readonly string[]): Promise<ServerProcess> {
  const child = spawnProgram(`servers/${program}`, args)
  const announced = await Promise.race([firstLine(child), once(child, 'exit').then(() => undefined)])
  if (announced === undefined) throw new Error(`${program} ended before it listened`)
  return { pid: pidOf(child), url: announced, [Symbol.asyncDispose]: () => end(child) }
}

/** Runs a load of `load/` to its end. */
export function runLoad(program: string, plan: object): Promise<Measured> {
  return runProgram(`load/${program}`, plan)
}

/** Runs a program that measures by itself. */
export async function runProgram(program: string, plan: object): Promise<Measured> {
  const child = spawnProgram(program, [JSON.stringify(plan)])
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (child.exitCode !== 0) throw new Error(`${program} ended with ${child.exitCode ?? child.signalCode}`)
  return JSON.parse(output) as Measured
}

async function firstLine(child: Program): Promise<string> {
  let seen = ''
  for await (const chunk of child.stdout) {
    seen += chunk
    if (seen.includes('\n')) break
  }
  return seen.trim()
}

function pidOf({ pid }: Program): number {
  if (pid === undefined) throw new Error('the process could not be started')
  return pid
}

async function end(child: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
