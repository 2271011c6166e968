import { randomUUID } from 'node:crypto'
import { open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { FirstCredentials } from '../accounts/first-run.ts'

const fileName = 'first-run.json'
const pendingSuffix = '.pending'
const content = z.object({ url: z.string(), email: z.string(), password: z.string(), apiKey: z.string() })

export const firstRunPath = (dataDir: string): string => join(dataDir, fileName)

const pendingPath = (dataDir: string) => `${firstRunPath(dataDir)}.${randomUUID()}${pendingSuffix}`

/** Keeps credentials that are not made yet, beside the file: on the disk when this resolves. */
export async function keepPending(dataDir: string, credentials: FirstCredentials): Promise<void> {
  await write(pendingPath(dataDir), credentials, '')
  await syncFolder(dataDir)
}

/**
 * Gives the pending credentials that were made their name and discards all others, of whatever process. To be called when the
 * database has its first tenant: what was not made by then never will be. May be repeated, and done by several processes at once.
 */
export async function settlePending(dataDir: string, wereMade: (credentials: FirstCredentials) => Promise<boolean>): Promise<void> {
  const names = await readdir(dataDir)
  for (const name of names.filter((one) => one.startsWith(fileName) && one.endsWith(pendingSuffix))) {
    const path = join(dataDir, name)
    const credentials = await read(path)
    if (credentials !== undefined && (await wereMade(credentials))) await give(path, dataDir)
    else await rm(path, { force: true })
  }
}

export async function renewUrl(dataDir: string, url: string): Promise<void> {
  const kept = await read(firstRunPath(dataDir))
  if (kept === undefined || kept.url === url) return
  const beside = pendingPath(dataDir)
  await write(beside, kept, url)
  await give(beside, dataDir)
}

/** Whole or not at all. */
async function give(path: string, dataDir: string): Promise<void> {
  await rename(path, firstRunPath(dataDir)).catch(unlessMissing)
  await syncFolder(dataDir)
}

/** Undefined where there is none, and where its writer was cut off. */
async function read(path: string): Promise<z.infer<typeof content> | undefined> {
  const text = await readFile(path, 'utf8').catch(unlessMissing)
  return text === undefined ? undefined : content.safeParse(parseJson(text)).data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Readable by its owner alone. */
async function write(path: string, { email, password, apiKey }: FirstCredentials, url: string): Promise<void> {
  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(`${JSON.stringify({ url, email, password, apiKey }, undefined, 2)}\n`)
  await handle.sync()
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** Another process that starts may have been quicker. */
function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
