import { mkdir, open, readdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { HouseMark } from '../media/house-store.ts'

const prefix = '.house-'

/** The name of an empty directory: who lists the files of the folder finds blobs and nothing else. */
export function folderHouseMark(folder: string): HouseMark {
  const marks = async () => (await readdir(folder)).filter((name) => name.startsWith(prefix)).toSorted()
  const make = async (houseId: string) => {
    await mkdir(join(folder, prefix + houseId), { recursive: true })
    await syncFolder(folder)
  }
  return {
    // Of two that were written at once, the same one for everybody.
    read: async () => (await marks())[0]?.slice(prefix.length),
    write: async (houseId) => {
      if ((await marks()).length === 0) await make(houseId)
    },
    replace: async (houseId) => {
      const before = await marks()
      await make(houseId)
      for (const mark of before) await rmdir(join(folder, mark))
      await syncFolder(folder)
    },
  }
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}
