import { chmod, link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { PublicJwk } from '../../accounts/signing-keys.ts'
import { Failure } from '../../kernel/failure.ts'
import { type KeySet, keySetFile, publicJwk, readKeySet, writeKeySet } from './key-set.ts'

/** A set as it lies in the folder. */
export interface StoredKeySet {
  readonly version: number
  readonly set: KeySet
}

const publicKeysFile = z.object({ keys: z.array(publicJwk) })
const keySetName = /^signing-keys\.(\d+)\.json$/
const publicKeysName = 'public-keys.json'

const keySetPath = (folder: string, version: number) => join(folder, `signing-keys.${version}.json`)

/** Undefined in an empty folder. Throws `keys.readable_by_others`, `keys.unreadable`. */
export async function readNewest(folder: string): Promise<StoredKeySet | undefined> {
  const versions = (await readdir(folder)).map((name) => Number(keySetName.exec(name)?.[1] ?? 0))
  const version = Math.max(0, ...versions)
  if (version === 0) return undefined
  try {
    return { version, set: await readVersion(folder, version) }
  } catch (error) {
    // Rotated between the listing and the reading: the next one is there by now.
    if (isMissing(error)) return readNewest(folder)
    throw error
  }
}

async function readVersion(folder: string, version: number): Promise<KeySet> {
  const path = keySetPath(folder, version)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new Failure(
      'internal',
      'keys.readable_by_others',
      `${path} holds a private key and is open to others than its owner: chmod 600 it`,
    )
  }
  const set = readKeySet(parse(path, keySetFile, await readFile(path, 'utf8')))
  await publish(
    folder,
    set.map(({ jwk }) => jwk),
  )
  return set
}

/** False where that version is there already. */
export async function addVersion(folder: string, { version, set }: StoredKeySet): Promise<boolean> {
  const beside = await writeBeside(folder, 0o600, writeKeySet(set))
  try {
    await link(beside, keySetPath(folder, version))
    await syncFolder(folder)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(beside)
  }
}

export const removeVersion = (folder: string, version: number): Promise<void> => rm(keySetPath(folder, version), { force: true })

/** Every public key that was ever valid, from a `public-keys.json`. Throws `keys.unreadable`. */
export async function readPublicKeys(path: string): Promise<readonly PublicJwk[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, 'it cannot be read', error)
  })
  return parse(path, publicKeysFile, text).keys
}

export const readPublished = (folder: string): Promise<readonly PublicJwk[]> => readPublicKeys(join(folder, publicKeysName))

export async function publish(folder: string, keys: readonly PublicJwk[]): Promise<void> {
  const path = join(folder, publicKeysName)
  const text = await readFile(path, 'utf8').catch((error: unknown) => (isMissing(error) ? '{"keys":[]}' : Promise.reject(error)))
  const { keys: published } = parse(path, publicKeysFile, text)
  const added = keys.filter(({ kid }) => !published.some((key) => key.kid === kid))
  if (added.length === 0) return
  const beside = await writeBeside(folder, 0o644, { keys: [...added, ...published] })
  await rename(beside, path)
  await syncFolder(folder)
}

async function writeBeside(folder: string, mode: number, content: unknown): Promise<string> {
  const path = join(folder, `.${crypto.randomUUID()}.tmp`)
  await using file = await open(path, 'wx', 0o600)
  await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
  await file.sync()
  await chmod(path, mode)
  return path
}

async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

function parse<Shape>(path: string, schema: z.ZodType<Shape>, text: string): Shape {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw unreadable(path, 'it is not what this service writes', cause)
  }
}

export const unreadable = (path: string, why: string, cause?: unknown) =>
  new Failure('internal', 'keys.unreadable', `the signing keys at ${path} cannot be used: ${why}`, { cause })

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
