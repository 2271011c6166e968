import { createReadStream } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { Failure } from '../kernel/failure.ts'
import type { BlobStore, StoredKey } from '../media/blob-store.ts'

/** An unfinished put. Its name is not a key, so it can never be read as one. */
const partSuffix = '.part'

const readChunkBytes = 256 * 1024

/**
 * Blobs as files of one folder: written beside their name, synced, then linked to it, which fails where the name is taken. The
 * directory is synced too, so that a resolved put survives a power cut.
 */
export async function openFolderBlobs(folder: string): Promise<BlobStore> {
  await storing(() => mkdir(folder, { recursive: true }))
  const pathOf = (key: string) => join(folder, key)
  const madeFolders = new Set<string>()

  const makeFolderOf = async (path: string) => {
    const parent = dirname(path)
    if (madeFolders.has(parent)) return
    await mkdir(parent, { recursive: true })
    await syncFolder(dirname(parent))
    madeFolders.add(parent)
  }

  return {
    put: async (key, bytes, signal) => {
      const path = pathOf(key)
      const part = path + partSuffix
      await storing(() => makeFolderOf(path))
      const handle = await storing(() => open(part, 'wx', 0o600))
      try {
        await writeAll(handle, bytes, signal)
        await storing(() => handle.sync())
        await handle.close()
        await storing(() => link(part, path))
      } catch (error) {
        await handle.close().catch(() => undefined)
        await unlink(part).catch(() => undefined)
        throw error
      }
      await storing(async () => {
        await unlink(part)
        await syncFolder(dirname(path))
      })
    },
    open: async (key, range) => {
      const handle = await missingIs(undefined, () => open(pathOf(key), 'r'))
      if (handle === undefined) throw new Failure('unavailable', 'storage.blob_missing', 'the bytes are not in the store')
      return createReadStream('', { fd: handle, highWaterMark: readChunkBytes, ...range })
    },
    size: async (key) => (await missingIs(undefined, () => stat(pathOf(key))))?.size,
    delete: async (key) => {
      await missingIs(undefined, () => unlink(pathOf(key)))
      await storing(() => rm(pathOf(key) + partSuffix, { force: true }))
      await missingIs(undefined, () => syncFolder(dirname(pathOf(key))))
    },
    list: () => listKeys(folder),
  }
}

/** The next chunk is awaited (and hashed by whoever makes it) while the last one is being written. */
async function writeAll(handle: FileHandle, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  let writing: Promise<unknown> = Promise.resolve()
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted()
      await writing
      writing = storing(() => writeWhole(handle, chunk))
      // Its failure is met at the next await; until then it must not count as unhandled.
      writing.catch(() => undefined)
    }
  } finally {
    await writing
  }
  signal.throwIfAborted()
}

async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, written)
    written += bytesWritten
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* listKeys(folder: string): AsyncGenerator<StoredKey> {
  const entries = await storing(() => readdir(folder, { recursive: true, withFileTypes: true }))
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const found = await missingIs(undefined, () => stat(path))
    if (found === undefined) continue
    const key = relative(folder, path).split(sep).join('/')
    yield { key: key.endsWith(partSuffix) ? key.slice(0, -partSuffix.length) : key, size: found.size, modifiedAt: found.mtimeMs }
  }
}

async function missingIs<Absent, Result>(absent: Absent, call: () => Promise<Result>): Promise<Result | Absent> {
  return storing(async () => {
    try {
      return await call()
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return absent
      throw error
    }
  })
}

/** What the file system refuses (full, read-only, no permission, I/O error) is a store that is unavailable, its own words as the cause. */
async function storing<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Error('a storage key was used twice', { cause: error })
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failure('unavailable', 'storage.unavailable', 'the store cannot keep or give bytes now', {
      cause: error,
      retryAfterSeconds: 5,
      extra: { reason },
    })
  }
}
