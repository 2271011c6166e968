import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../run-command.ts'

const script = fileURLToPath(new URL('install-packages.sh', import.meta.url))
const installTimeoutMs = 900_000

/** A program, or a file of a library, and the packages of Debian that hold it and what it needs. */
export interface PackagedProgram {
  readonly path: string
  readonly packages: readonly string[]
}

/** Why this machine neither has a program nor can be given it. */
export function whyUnavailable(program: PackagedProgram): string | undefined {
  if (existsSync(program.path)) return undefined
  if (!existsSync('/etc/debian_version')) return `${program.path} is not there, and this is not Debian`
  return process.getuid?.() === 0 ? undefined : `${program.path} is not there, and only root can install ${program.packages.join(' ')}`
}

/** Installs a program that is not there, without starting its service. @throws with the reason. */
export async function provideProgram(program: PackagedProgram): Promise<void> {
  const reason = whyUnavailable(program)
  if (reason !== undefined) throw new Error(reason)
  if (existsSync(program.path)) return
  // Detached: an installation that has begun is ended by nobody, and cleans up behind itself.
  await runCommand('sh', [script, ...program.packages], { timeoutMs: installTimeoutMs, detached: true })
}
