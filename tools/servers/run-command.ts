import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly user?: { uid: number; gid: number } | undefined
  readonly timeoutMs?: number
}

/** What a command prints. @throws with what it said when it fails or takes too long. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { env, cwd, user, timeoutMs = 120_000 } = options
  const { stdout } = await run(command, args, { cwd, env: { ...process.env, ...env }, timeout: timeoutMs, ...user })
  return stdout
}
