import { createPrivateKey, type KeyObject } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import {
  generateSigningKey,
  type PublicJwk,
  type SigningKey,
  type SigningKeys,
  toPublicJwk,
  toPublicKey,
} from '../accounts/signing-keys.ts'
import { Failure } from '../kernel/failure.ts'

export interface FolderSigningKeys extends SigningKeys {
  /** Makes the next key; the present one stays valid for what it signed, the one before it no longer. Throws `keys.rotated_meanwhile`. */
  rotate(): Promise<SigningKey>
}

const publicJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
})
const keySetFile = z.object({ current: publicJwk.extend({ d: z.string() }), previous: publicJwk.nullable() })
const publicKeysFile = z.object({ keys: z.array(publicJwk) })

interface KeySet {
  readonly version: number
  readonly current: SigningKey
  readonly valid: readonly PublicJwk[]
  readonly publicKeys: ReadonlyMap<string, KeyObject>
}

const keySetName = /^signing-keys\.(\d+)\.json$/
const publicKeysName = 'public-keys.json'
const checkEveryMs = 5_000
const checkForUnknownEveryMs = 500

/**
 * The folder holds `signing-keys.N.json` (mode 0600, the highest N counts) and `public-keys.json`: every public key that was ever valid,
 * by which receipts stay verifiable. A set is written beside and linked to its name, which fails where the name is taken: of two
 * processes that start or rotate at once, one wins and both go on with the same keys.
 * Throws `keys.readable_by_others`, `keys.unreadable`.
 */
export async function openFolderSigningKeys(folder: string): Promise<FolderSigningKeys> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let set = (await readNewest(folder)) ?? (await makeFirst(folder))
  let checkedAt = performance.now()

  const freshen = async (maxAgeMs: number): Promise<KeySet> => {
    if (performance.now() - checkedAt < maxAgeMs) return set
    checkedAt = performance.now()
    set = (await readNewest(folder)) ?? set
    return set
  }

  return {
    current: async () => (await freshen(checkEveryMs)).current,
    valid: async () => (await freshen(checkEveryMs)).valid,
    findPublicKey: async (kid) => {
      const known = (await freshen(checkEveryMs)).publicKeys.get(kid)
      return known ?? (await freshen(checkForUnknownEveryMs)).publicKeys.get(kid)
    },
    rotate: async () => {
      const before = (await readNewest(folder)) ?? set
      const current = await generateSigningKey()
      if (!(await writeKeySet(folder, before.version + 1, current, toPublicJwk(before.current)))) {
        throw new Failure('conflict', 'keys.rotated_meanwhile', 'the keys were rotated by somebody else at the same moment')
      }
      await rm(keySetPath(folder, before.version), { force: true })
      set = (await readNewest(folder)) ?? set
      return set.current
    },
  }
}

const keySetPath = (folder: string, version: number) => join(folder, `signing-keys.${version}.json`)

async function makeFirst(folder: string): Promise<KeySet> {
  await writeKeySet(folder, 1, await generateSigningKey(), null)
  const made = await readNewest(folder)
  if (made === undefined) throw unreadable(folder, 'the key that was just written is gone')
  return made
}

async function readNewest(folder: string): Promise<KeySet | undefined> {
  const versions = (await readdir(folder)).map((name) => Number(keySetName.exec(name)?.[1] ?? 0))
  const version = Math.max(0, ...versions)
  if (version === 0) return undefined
  try {
    return await readKeySet(folder, version)
  } catch (error) {
    // Rotated between the listing and the reading: the next one is there by now.
    if (isMissing(error)) return readNewest(folder)
    throw error
  }
}

/** Every public key that was ever valid, from a `public-keys.json`. Throws `keys.unreadable`. */
export async function readPublicKeys(path: string): Promise<readonly PublicJwk[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, 'it cannot be read', error)
  })
  return parse(path, publicKeysFile, text).keys
}

async function readKeySet(folder: string, version: number): Promise<KeySet> {
  const path = keySetPath(folder, version)
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new Failure(
      'internal',
      'keys.readable_by_others',
      `${path} holds a private key and is open to others than its owner: chmod 600 it`,
    )
  }
  const { current, previous } = parse(path, keySetFile, await readFile(path, 'utf8'))
  const { kty, crv, x, d, kid } = current
  const signing = { kid, privateKey: createPrivateKey({ key: { kty, crv, x, d }, format: 'jwk' }) }
  const valid = [toPublicJwk(signing), ...(previous === null ? [] : [previous])]
  await publish(folder, valid)
  return { version, current: signing, valid, publicKeys: new Map(valid.map((jwk) => [jwk.kid, toPublicKey(jwk)])) }
}

/** False where that version is there already. */
async function writeKeySet(folder: string, version: number, current: SigningKey, previous: PublicJwk | null): Promise<boolean> {
  const { d } = current.privateKey.export({ format: 'jwk' })
  const beside = await writeBeside(folder, 0o600, { current: { ...toPublicJwk(current), d }, previous })
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

async function publish(folder: string, valid: readonly PublicJwk[]): Promise<void> {
  const path = join(folder, publicKeysName)
  const text = await readFile(path, 'utf8').catch((error: unknown) => (isMissing(error) ? '{"keys":[]}' : Promise.reject(error)))
  const { keys } = parse(path, publicKeysFile, text)
  const added = valid.filter(({ kid }) => !keys.some((key) => key.kid === kid))
  if (added.length === 0) return
  const beside = await writeBeside(folder, 0o644, { keys: [...added, ...keys] })
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

const unreadable = (path: string, why: string, cause?: unknown) =>
  new Failure('internal', 'keys.unreadable', `the signing keys at ${path} cannot be used: ${why}`, { cause })

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
