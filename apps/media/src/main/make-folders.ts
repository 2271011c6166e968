import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Config } from './config.ts'
import { ConfigError, type ConfigProblem } from './config-error.ts'

type Folders = Pick<Config, 'dataDir' | 'database' | 'blobs' | 'keysDir' | 'mail'>

/** Makes the folders that settings name where they are missing. Throws ConfigError: of all that cannot be made. */
export async function makeFolders({ dataDir, database, blobs, keysDir, mail }: Folders): Promise<void> {
  const made = await Promise.all([
    tryFolder('DATA_DIR', dataDir),
    ...(database.engine === 'sqlite' ? [tryFolder('DATABASE_URL', dirname(database.path))] : []),
    ...('folder' in blobs ? [tryFolder('STORAGE_URL', blobs.folder)] : []),
    tryFolder('JWT_KEYS_DIR', keysDir, 0o700),
    ...('folder' in mail.to ? [tryFolder('MAILER_DSN', mail.to.folder, 0o700)] : []),
  ])
  const problems = made.filter((problem) => problem !== undefined)
  // Most of them lie in the first one.
  if (problems[0]?.name === 'DATA_DIR') throw new ConfigError([problems[0]])
  if (problems.length > 0) throw new ConfigError(problems)
}

async function tryFolder(name: string, path: string, mode?: number): Promise<ConfigProblem | undefined> {
  try {
    await makeFolder(path, mode)
    return undefined
  } catch (error) {
    return {
      name,
      reason: `names a folder that cannot be made (${codeOf(error) ?? 'unknown'})`,
      suggestion: 'name another, or mend what is above it',
    }
  }
}

/** One by one, and synced: Node's way for whole paths never ends on a file system that makes no folders, as /proc. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  if (await makeOne(path, mode)) return
  await makeFolder(dirname(path), mode)
  if (!(await makeOne(path, mode))) throw Object.assign(new Error('no folder can be made there'), { code: 'ENOENT' })
}

/** False where the one above is missing. */
async function makeOne(path: string, mode: number | undefined): Promise<boolean> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return true
    throw error
  }
  await using above = await open(dirname(path))
  await above.sync()
  return true
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
