import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { HousePlace } from './house-sql.ts'
import { containerOf, keysInContainer } from './own-container.ts'

/** The bytes of a house, reached beside the service and by nothing of its code. */
export interface StoredBlobs {
  /** Of unfinished puts too. */
  keys(): Promise<string[]>
  read(key: string): Promise<Buffer>
  write(key: string, bytes: Uint8Array): Promise<void>
}

export const openStoredBlobs = ({ dataDir, settings = {} }: HousePlace): StoredBlobs =>
  settings['STORAGE_URL'] === 'azure:' ? inContainer(settings) : inFolder(join(dataDir, 'blobs'))

function inFolder(folder: string): StoredBlobs {
  return {
    keys: async () => {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      return entries.filter((entry) => !entry.isDirectory()).map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    },
    read: (key) => readFile(join(folder, key)),
    write: async (key, bytes) => {
      await mkdir(dirname(join(folder, key)), { recursive: true })
      await writeFile(join(folder, key), bytes)
    },
  }
}

function inContainer(settings: Readonly<Record<string, string>>): StoredBlobs {
  const container = containerOf(settings)
  return {
    keys: async () => (await keysInContainer(settings)) ?? [],
    read: (key) => container.getBlobClient(key).downloadToBuffer(),
    write: async (key, bytes) => void (await container.getBlockBlobClient(key).uploadData(bytes)),
  }
}
