import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  readonly timeoutMs?: number
  readonly detached?: boolean
}

/** What a command prints. @throws with what it said when it cannot be started, fails or takes too long. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { env, cwd, user, timeoutMs = 120_000, detached = false } = options
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
    ...user,
  })
  const [output, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => {
      clearTimeout(overdue)
      const words = lastWords(Buffer.concat([...output, ...errors]))
      reject(new Error([`${command} ${args.join(' ')}: ${reason}`, words].filter(Boolean).join('\n')))
    }
    // Also where the command has ended, and something that it started holds its output.
    const overdue = setTimeout(() => {
      child.kill('SIGKILL')
      fail(`did not end within ${timeoutMs / 1_000} s`)
    }, timeoutMs)
    child.once('error', ({ message }) => fail(message))
    child.once('close', (code, signal) => {
      if (code !== 0) return fail(`ended with ${code ?? signal}`)
      clearTimeout(overdue)
      resolve(Buffer.concat(output).toString())
    })
  })
}

function lastWords(output: Buffer): string {
  return output.toString().trimEnd().split('\n').slice(-20).join('\n')
}
