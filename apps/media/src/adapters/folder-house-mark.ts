import { link, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { houseMarkName } from '../media/blob-store.ts'
import type { HouseMark } from '../media/house-store.ts'

/** One line in a file of the folder, which is there as a whole or not at all. */
export function folderHouseMark(folder: string): HouseMark {
  const path = join(folder, houseMarkName)
  const writeBeside = async (houseId: string) => {
    const beside = `${path}.${crypto.randomUUID()}.part`
    await using file = await open(beside, 'wx', 0o600)
    await file.writeFile(`${houseId}\n`)
    await file.sync()
    return beside
  }
  const syncFolder = async () => {
    await using handle = await open(folder, 'r')
    await handle.sync()
  }
  return {
    read: () => readFile(path, 'utf8').then((text) => text.trim(), otherwise('ENOENT')),
    write: async (houseId) => {
      const beside = await writeBeside(houseId)
      await link(beside, path).catch(otherwise('EEXIST'))
      await rm(beside)
      await syncFolder()
    },
    replace: async (houseId) => {
      await rename(await writeBeside(houseId), path)
      await syncFolder()
    },
  }
}

/** Undefined for an error of this code. */
const otherwise = (code: string) => (error: unknown) => {
  if (error instanceof Error && 'code' in error && error.code === code) return undefined
  throw error
}
