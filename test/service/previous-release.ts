import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const git = async (...args: string[]) => (await run('git', args)).stdout.trim()

/** The release before this one, as it was. */
export interface PreviousRelease extends AsyncDisposable {
  /** A tag, or a commit. */
  readonly name: string
  /** Its `holdfast`. */
  readonly commandLine: string
}

/** The last tag; while there is none, what stood before the newest migration came. Undefined where the history is not at hand. */
async function findPrevious(): Promise<string | undefined> {
  const tag = await git('describe', '--tags', '--abbrev=0', '--match', 'v*', 'HEAD^').catch(() => undefined)
  if (tag !== undefined) return tag
  const added = await git('log', '-1', '--diff-filter=A', '--format=%H', '--', '*/migrations/*.sql').catch(() => '')
  return added === '' ? undefined : await git('rev-parse', '--verify', `${added}^`).catch(() => undefined)
}

/** With the packages that are installed now, but for its own. */
export async function openPreviousRelease(): Promise<PreviousRelease | undefined> {
  const name = await findPrevious()
  if (name === undefined) return undefined
  await using opened = new AsyncDisposableStack()
  const root = await mkdtemp(join(tmpdir(), 'holdfast-previous-'))
  opened.defer(() => rm(root, { recursive: true, force: true }))
  const archive = join(root, 'archive.tar')
  await git('archive', '--output', archive, name, 'package.json', 'apps', 'packages')
  await run('tar', ['--extract', '--file', archive, '--directory', root])
  await linkPackages(root)
  const closing = opened.move()
  return {
    name,
    commandLine: join(root, 'apps/media/src/main/cli.ts'),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function linkPackages(root: string): Promise<void> {
  const ours = join(root, 'node_modules', '@holdfast')
  await mkdir(ours, { recursive: true })
  for (const name of await readdir('node_modules')) {
    if (name !== '@holdfast' && !name.startsWith('.')) await symlink(resolve('node_modules', name), join(root, 'node_modules', name))
  }
  for (const name of await readdir(join(root, 'packages'))) await symlink(join(root, 'packages', name), join(ours, name))
}
