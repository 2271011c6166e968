import * as fs from 'node:fs'
import { link, mkdir, opendir, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../kernel/failure.ts'
import { refuseReleased, releaseBytes } from '../kernel/release-bytes.ts'
import { untilAborted } from '../kernel/until-aborted.ts'
import { type BlobStore, KeyTaken, type StoredKey } from '../media/blob-store.ts'

/** An unfinished put. Its name is not a key, so it can never be read as one. */
const partSuffix = '.part'

const readChunkBytes = 256 * 1024

// Bare descriptors: a FileHandle costs half as much again, for each chunk that is read and each small file that is put.
const open = promisify(fs.open)
const close = promisify(fs.close)
const sync = promisify(fs.fsync)
const write = promisify(fs.write)
const writev = promisify(fs.writev)

/** The chunks of the network go to the disk several at a time: each write costs a trip to another thread. */
const writeBytes = 256 * 1024
const maxGatheredChunks = 64

/**
 * Blobs as files of one folder: written beside their name, synced, then linked to it, which fails where the name is taken. The
 * directory is synced too, so that a resolved put survives a power cut.
 */
export async function openFolderBlobs(folder: string, mode = 0o600): Promise<BlobStore> {
  await storing(async () => {
    const made = await mkdir(folder, { recursive: true })
    if (made !== undefined) await syncFolder(dirname(made))
  })
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
      const file = await taking(() => open(part, 'wx', mode)).catch((error: unknown) => {
        // Somebody may have taken the folder away since it was made.
        madeFolders.delete(dirname(path))
        throw error
      })
      const made = [part]
      try {
        await writeAndClose(file, bytes, signal)
        await taking(() => link(part, path))
        made.push(path)
        await storing(async () => {
          await unlink(part)
          await syncFolder(dirname(path))
        })
      } catch (error) {
        for (const name of made) await unlink(name).catch(() => undefined)
        throw error
      }
    },
    open: async (key, range) => {
      const descriptor = await missingIs(undefined, () => open(pathOf(key), 'r'))
      if (descriptor === undefined) throw new Failure('unavailable', 'storage.blob_missing', 'the bytes are not in the store')
      return fs.createReadStream('', { fd: descriptor, highWaterMark: readChunkBytes, ...range })
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

async function writeAndClose(file: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  try {
    await writeAll(file, bytes, signal)
    await storing(() => sync(file))
  } finally {
    await storing(() => close(file))
  }
}

/** The next chunks are awaited (and hashed by whoever makes them) while the last ones are being written. */
async function writeAll(file: number, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  let gathered: Uint8Array[] = []
  let gatheredBytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  const writeGathered = async () => {
    await writing
    const chunks = gathered
    gathered = []
    gatheredBytes = 0
    writing = storing(() => writeChunks(file, chunks))
    // Its failure is met at the next await; until then it must not count as unhandled.
    writing.catch(() => undefined)
  }
  try {
    for await (const chunk of untilAborted(bytes, signal)) {
      refuseReleased(chunk)
      gatheredBytes += chunk.length
      if (gathered.push(chunk) === maxGatheredChunks || gatheredBytes >= writeBytes) await writeGathered()
    }
    await writeGathered()
  } finally {
    await writing
  }
}

async function writeChunks(file: number, chunks: readonly Uint8Array[]): Promise<void> {
  let { bytesWritten } = await writev(file, chunks)
  for (const chunk of chunks) {
    const done = Math.min(bytesWritten, chunk.length)
    bytesWritten -= done
    // A short write is rare (a full disk, a limit), and the next one tells why.
    await writeRest(file, chunk, done)
    releaseBytes(chunk)
  }
}

async function writeRest(file: number, chunk: Uint8Array, from: number): Promise<void> {
  for (let done = from; done < chunk.length; ) {
    const { bytesWritten } = await write(file, chunk, done)
    done += bytesWritten
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await sync(folder)
  } finally {
    await close(folder)
  }
}

async function* listKeys(folder: string): AsyncGenerator<StoredKey> {
  const entries = await storing(() => opendir(folder, { recursive: true }))
  const next = () => storing(() => entries.read())
  try {
    for (let entry = await next(); entry !== null; entry = await next()) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const found = await missingIs(undefined, () => stat(path))
      if (found === undefined) continue
      const key = relative(folder, path).split(sep).join('/')
      yield { key: key.endsWith(partSuffix) ? key.slice(0, -partSuffix.length) : key, size: found.size, modifiedAt: found.mtimeMs }
    }
  } finally {
    await entries.close()
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

/** For a call that must find its name free. */
async function taking<Result>(call: () => Promise<Result>): Promise<Result> {
  return storing(async () => {
    try {
      return await call()
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new KeyTaken({ cause: error })
      throw error
    }
  })
}

/** What the file system refuses (full, read-only, no permission, I/O error) is a store that is unavailable, its own words as the cause. */
async function storing<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof KeyTaken) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failure('unavailable', 'storage.unavailable', 'the store cannot keep or give bytes now', {
      cause: error,
      retryAfterSeconds: 5,
      extra: { reason },
    })
  }
}
