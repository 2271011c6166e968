import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface RunLine {
  readonly line: string
  /** Undefined where it was not begun: the line before it has failed. */
  readonly status: number | undefined
  readonly seconds: number
}

export interface Place {
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** Hears each line of the output. */
  readonly hear: (text: string) => void
}

/** Runs the lines of a script as a provider does: one after the other in one shell, until one fails. */
export async function runLines(lines: readonly string[], { folder, environment, hear }: Place): Promise<RunLine[]> {
  // A word of its own, which no output has: it tells where the shell is.
  const mark = `line-${crypto.randomUUID()}`
  const script = ['set -e', ...lines.flatMap((line, index) => [`echo "${mark} ${index}"`, line]), `echo "${mark} ${lines.length}"`]
  const shell = spawn('bash', ['-c', `exec 2>&1\n${script.join('\n')}`], {
    cwd: folder,
    // What make was told here is not for the make of a line.
    env: { ...process.env, MAKEFLAGS: '', MAKEOVERRIDES: '', MFLAGS: '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(shell, 'exit') as Promise<[number | null]>
  const begun: number[] = []
  for await (const text of createInterface({ input: shell.stdout })) {
    if (text.startsWith(mark)) begun.push(performance.now())
    else hear(text)
  }
  const [status] = await exited
  return lines.map((line, index) => {
    const [from, to] = [begun[index], begun[index + 1]]
    if (from === undefined) return { line, status: undefined, seconds: 0 }
    return { line, status: to === undefined ? (status ?? 1) : 0, seconds: ((to ?? performance.now()) - from) / 1_000 }
  })
}
