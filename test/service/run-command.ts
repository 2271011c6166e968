import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { commandLine, environment, type HoldfastOptions } from './holdfast-process.ts'

export interface CommandResult {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** `holdfast …`, to its end. */
export async function runCommand(house: Pick<HoldfastOptions, 'dataDir' | 'settings'>, ...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [commandLine, ...args], { env: environment(house), stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, output, errors }
}

/** The JSON that a command prints. Throws where it fails. */
export async function askCommand(house: Pick<HoldfastOptions, 'dataDir' | 'settings'>, ...args: readonly string[]): Promise<unknown> {
  const { code, output, errors } = await runCommand(house, ...args, '--json')
  if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code}: ${errors}`)
  return JSON.parse(output)
}
