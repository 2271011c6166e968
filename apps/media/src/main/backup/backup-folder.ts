import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Failure } from '../../kernel/failure.ts'
import { makeFolder } from '../make-folders.ts'
import { names } from './manifest.ts'

export interface Sum {
  readonly sha256: string
  readonly size: number
}

export interface BackupFolder {
  /** Durable when it resolves, readable by its owner alone. What `bytes` throws it rethrows, and leaves no file. Another one of the name is replaced. */
  write(name: string, bytes: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<Sum>
  remove(name: string): Promise<void>
}

/**
 * Makes a folder that is there whole or not at all: it bears another name until everything in it is on the disk. `SHA256SUMS` in it, which
 * `sha256sum --check` reads, tells of all the other files; its own SHA-256 is what this gives. Throws `backup.place_taken`, `backup.unwritable`, and
 * what `fill` throws.
 */
export async function makeBackupFolder(path: string, fill: (folder: BackupFolder) => Promise<void>): Promise<string> {
  const place = resolve(path)
  const unfinished = `${place}.unfinished`
  if (await isThere(place)) throw placeTaken(`${place} is there already`)
  await writing(() => makeFolder(dirname(place), 0o700))
  await writing(() => mkdir(unfinished, { mode: 0o700 }).catch(refuseTaken(unfinished)))
  try {
    const sums = new Map<string, Sum>()
    await fill(openFolder(unfinished, sums))
    const list = [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, { sha256 }]) => `${sha256}  ${name}\n`)
    const { sha256 } = await openFolder(unfinished, new Map()).write(names.sums, list)
    await writing(async () => {
      await rename(unfinished, place)
      await syncFolder(dirname(place))
    })
    return sha256
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

function openFolder(root: string, sums: Map<string, Sum>): BackupFolder {
  const made = new Set<string>()
  const makeFolderOf = async (path: string) => {
    const parent = dirname(path)
    if (made.has(parent)) return
    await mkdir(parent, { recursive: true, mode: 0o700 })
    made.add(parent)
  }
  return {
    write: async (name, bytes) => {
      const path = join(root, name)
      await writing(() => makeFolderOf(path))
      const sum = await writeFile(path, bytes).catch(async (error: unknown) => {
        await rm(path, { force: true })
        throw error
      })
      sums.set(name, sum)
      return sum
    },
    remove: async (name) => {
      await writing(() => rm(join(root, name), { force: true }))
      sums.delete(name)
    },
  }
}

async function writeFile(path: string, bytes: AsyncIterable<Uint8Array | string> | Iterable<string>): Promise<Sum> {
  await using file = await writing(() => open(path, 'w', 0o600))
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of bytes) {
    const taken = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    hash.update(taken)
    size += taken.length
    await writing(() => file.writeFile(taken))
  }
  await writing(() => file.sync())
  return { sha256: hash.digest('hex'), size }
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.F_OK).then(
    () => true,
    () => false,
  )

const placeTaken = (what: string) => new Failure('conflict', 'backup.place_taken', what)

const refuseTaken = (path: string) => (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EEXIST') throw error
  throw placeTaken(`${path} is there: another backup is being made, or was cut off; remove it then`)
}

/** What the file system refuses: no room, no permission. */
async function writing<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Failure) throw error
    const { code } = error as NodeJS.ErrnoException
    throw new Failure('unavailable', 'backup.unwritable', `the backup cannot be written (${code})`, {
      cause: error,
      extra: { reason: code },
    })
  }
}
