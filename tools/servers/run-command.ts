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
    timeout: timeoutMs,
    detached,
    ...user,
  })
  const [output, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString())
      else reject(new Error(`${command} ${args.join(' ')}: ${lastWords(Buffer.concat([...output, ...errors]))}`))
    })
  })
}

function lastWords(output: Buffer): string {
  return output.toString().trimEnd().split('\n').slice(-20).join('\n')
}
