import { randomUUID } from 'node:crypto'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** Of a file: these bytes from `from` on. */
export interface FilePart {
  readonly from: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * A file of `size` bytes that has no name any more, opened for reading: it is gone when its last descriptor is closed, however the processes
 * end that have one. What no part fills is a hole.
 */
export async function openUnnamed(folder: string, size: number, parts: readonly FilePart[]): Promise<FileHandle> {
  const path = join(folder, `holdfast-${randomUUID()}`)
  await using writing = await open(path, 'wx', 0o600)
  const reading = await openAndUnlink(path)
  try {
    await writing.truncate(size)
    for (const { from, bytes } of parts) await write(writing, from, bytes)
    return reading
  } catch (error) {
    await reading.close()
    throw error
  }
}

async function openAndUnlink(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } finally {
    await unlink(path)
  }
}

async function write(file: FileHandle, from: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  let position = from
  for await (const chunk of bytes) {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position)
      done += bytesWritten
      position += bytesWritten
    }
  }
}
