import { accessSync, constants } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { provideProgram, whyUnavailable } from '../servers/debian/packages.ts'
import type { Gate } from './gate.ts'
import { repositoryFiles } from './repository-files.ts'
import { runCommand } from './run-tool.ts'

const shellcheck = { path: '/usr/bin/shellcheck', packages: ['shellcheck'] }

export const shell: Gate = {
  name: 'shell',
  holds: 'each shell script, down to what is only sourced (shellcheck)',
  async check() {
    const scripts = await findScripts()
    const files = scripts.length
    if (files === 0) return { files, problems: [] }
    const missing = whyNoShellcheck()
    if (missing !== undefined) return { files, problems: [], unreached: missing }
    if (!inPath('shellcheck')) await provideProgram(shellcheck)
    const problems = await Promise.all([
      run(scripts.filter(({ hasShebang }) => hasShebang)),
      // Sourced, or handed to sh: those that name no shell are for any.
      run(
        scripts.filter(({ hasShebang }) => !hasShebang),
        '--shell=sh',
      ),
    ])
    return { files, problems: problems.flat() }
  },
}

/** Why this machine neither has shellcheck nor can be given it. */
export const whyNoShellcheck = (): string | undefined => (inPath('shellcheck') ? undefined : whyUnavailable(shellcheck))

interface Script {
  readonly path: string
  readonly hasShebang: boolean
}

async function findScripts(): Promise<Script[]> {
  const all = await repositoryFiles()
  const named = all.filter((path) => /(\.(ba)?sh|(^|\/)[^./]+)$/.test(path))
  const found = await Promise.all(
    named.map(async (path) => ({ path, hasShebang: /^#!.*\b(ba|da)?sh\b/.test((await readFile(path, 'utf8')).slice(0, 100)) })),
  )
  return found.filter(({ path, hasShebang }) => hasShebang || /\.(ba)?sh$/.test(path))
}

async function run(scripts: readonly Script[], ...options: string[]): Promise<string[]> {
  if (scripts.length === 0) return []
  const args = ['--format=gcc', '--external-sources', ...options, ...scripts.map(({ path }) => path)]
  const { ok, output } = await runCommand('shellcheck', args)
  return ok ? [] : output.trim().split('\n')
}

function inPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
