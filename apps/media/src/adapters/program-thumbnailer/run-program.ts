import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { PictureRefused, type Refusal, RenderingFailed } from '../../media/thumbnails/thumbnailer.ts'

export interface ProgramRun {
  readonly path: string
  readonly args: readonly string[]
  /** A descriptor that is `/dev/fd/3` to the program. */
  readonly input?: number
  readonly maxCpuMs: number
  readonly maxOutputBytes: number
  readonly signal: AbortSignal
}

export interface ProgramAnswer {
  readonly output: Buffer
  /** The end of what it said beside it. */
  readonly words: string
}

/** Of address space, of which the libraries take half before anything is decoded. */
const maxMemoryKib = 512 * 1024
/** Who has taken its processor time would have ended long before, on any machine: it hangs. */
const hangsAfterMs = 120_000
const maxWords = 4_096
const confine = fileURLToPath(new URL('confine.sh', import.meta.url))

/** No setting and no secret of ours; words that can be told apart. */
const env = { LC_ALL: 'C' }

/**
 * Runs a program that decodes what strangers sent, with a limit to its processor time, memory and output, and as a group of processes that ends
 * with ours. Throws PictureRefused, RenderingFailed and the reason of `signal`.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramAnswer> {
  const { path, args, input, maxCpuMs, maxOutputBytes, signal } = run
  signal.throwIfAborted()
  const confined = [confine, String(Math.ceil(maxCpuMs / 1000)), String(maxMemoryKib), path, ...args]
  const options: SpawnOptions = { cwd: '/', env, detached: true, stdio: ['ignore', 'pipe', 'pipe', input ?? 'ignore', 'pipe'] }
  const child = spawn('/bin/sh', confined, options)
  const output: Buffer[] = []
  let words = ''
  let bytes = 0
  const { promise: given, reject: giveUp } = Promise.withResolvers<never>()
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxOutputBytes) giveUp(new PictureRefused('too_many_bytes'))
    else output.push(chunk)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-maxWords)
  })
  // Nothing is said there.
  child.stdio[4]?.on('error', () => undefined)
  const timer = setTimeout(() => giveUp(new RenderingFailed('hung')), hangsAfterMs)
  const onAbort = () => giveUp(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const ended = statusOf(child)
  try {
    const status = await Promise.race([ended, given])
    if (status !== 0) throw problemOf(status, words)
    return { output: Buffer.concat(output), words }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    endGroup(child)
    await ended.catch(() => undefined)
  }
}

/** As a shell tells it: above 128 a signal. */
function statusOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', (cause) => reject(new RenderingFailed('crashed', { cause })))
  child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  return promise
}

/** The shell that watches it, and the program. */
function endGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || (exitCode !== null && signalCode === null)) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // All of it had ended.
  }
}

/** What ffmpeg exits with after a signal that it caught. */
const caughtSignal = 255

const reasons: readonly (readonly [RegExp, Refusal])[] = [
  [/cannot allocate memory|out of memory|memory exhausted|bad_alloc/i, 'too_much_memory'],
  [/incorrect password/i, 'encrypted'],
  [/not on whitelist|decoder .*not found|no decoder|unknown codec|matches no streams/i, 'unsupported'],
]

function problemOf(status: number, words: string): PictureRefused | RenderingFailed {
  if (status === 128 + constants.signals.SIGXCPU || status === caughtSignal) return new PictureRefused('too_slow')
  const refusal = reasons.find(([pattern]) => pattern.test(words))?.[1]
  if (refusal !== undefined) return new PictureRefused(refusal)
  return status > 128 && status <= 128 + constants.signals.SIGSYS
    ? new RenderingFailed('crashed', { cause: new Error(`a program ended with ${status}`) })
    : new PictureRefused('damaged')
}
