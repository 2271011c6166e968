import { existsSync } from 'node:fs'
import { runCommand } from './run-tool.ts'

/** The files that are in Git or would be (untracked, not ignored), relative to the working directory. */
export async function repositoryFiles(...pathspecs: string[]): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate', '--', ...pathspecs]
  const { ok, output } = await runCommand('git', args)
  if (!ok) throw new Error(`git ls-files: ${output.trim()}`)
  return output.split('\0').filter((path) => path !== '' && existsSync(path))
}
