import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '../../kernel/failure.ts'
import { forEach } from './copy-blobs.ts'
import { type BackupManifest, backupManifest, knownName, names } from './manifest.ts'
import { readRowFile } from './row-file.ts'

export interface SoundBackup extends BackupManifest {
  readonly fingerprint: string
}

/**
 * Reads every byte of a backup. What it gives was whole, unaltered and nothing more than what was written, as far as the list of sums in it tells;
 * whether that list is the one that was written tells its fingerprint. Throws `backup.damaged`.
 */
export async function checkBackup(root: string): Promise<SoundBackup> {
  const list = await readText(join(root, names.sums))
  const sums = parseSums(list)
  await demandSameFiles(root, sums)
  await forEach(sums, async ([name, sha256]) => {
    if ((await hashOf(join(root, name))) !== sha256) throw damaged(`${name} is not what was written`)
  })
  const manifest = parseManifest(await readText(join(root, names.manifest)))
  const expected = [names.manifest, names.keys, ...Object.keys(manifest.tables).map(names.rowsOf)]
  const missing = expected.find((name) => !sums.has(name))
  if (missing !== undefined) throw damaged(`${missing} is missing`)
  for (const [table, rows] of Object.entries(manifest.tables)) await demandRows(root, table, rows)
  await demandBlobs(root, manifest, sums)
  return { ...manifest, fingerprint: createHash('sha256').update(list).digest('hex') }
}

function parseSums(list: string): ReadonlyMap<string, string> {
  if (!list.endsWith('\n')) throw damaged(`${names.sums} was cut off`)
  const sums = new Map<string, string>()
  for (const line of list.slice(0, -1).split('\n')) {
    const [, sha256, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? []
    if (sha256 === undefined || name === undefined || !knownName.test(name) || sums.has(name)) {
      throw damaged(`${names.sums} holds a line that was not written`)
    }
    sums.set(name, sha256)
  }
  return sums
}

async function demandSameFiles(root: string, sums: ReadonlyMap<string, string>): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const found = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
  const present = new Set(found)
  const missing = [...sums.keys()].find((name) => !present.has(name))
  if (missing !== undefined) throw damaged(`${missing} is missing`)
  const added = found.find((name) => name !== names.sums && !sums.has(name))
  if (added !== undefined) throw damaged(`${added} was added`)
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw damaged(`${path} cannot be read`, error)
  })
}

function parseManifest(text: string): BackupManifest {
  try {
    return backupManifest.parse(JSON.parse(text))
  } catch (error) {
    throw damaged(`${names.manifest} is not what this service writes`, error)
  }
}

async function demandRows(root: string, table: string, expected: number): Promise<void> {
  let rows = 0
  for await (const page of readRowFile(join(root, names.rowsOf(table)))) rows += page.length
  if (rows !== expected) throw damaged(`${names.rowsOf(table)} holds ${rows} rows, and should hold ${expected}`)
}

/** Each live blob is there as its row says, but for those that were damaged in the house. */
async function demandBlobs(root: string, { blobs }: BackupManifest, sums: ReadonlyMap<string, string>): Promise<void> {
  const excused = new Set(blobs.damaged)
  let count = 0
  for await (const page of readRowFile(join(root, names.rowsOf('stored_blob')))) {
    for (const { state, storage_key: storageKey, sha256 } of page) {
      if (state !== 'live') continue
      count++
      const key = String(storageKey)
      const isAsSaid = blobs.kept === 'reference' || sums.get(names.blob(key)) === sha256 || excused.has(key)
      if (!isAsSaid) throw damaged(`the blob ${key} is not what its row says`)
    }
  }
  if (count !== blobs.count) throw damaged(`the rows name ${count} live blobs, and the manifest ${blobs.count}`)
}

const damaged = (what: string, cause?: unknown) =>
  new Failure('unprocessable', 'backup.damaged', `this is no sound backup: ${what}`, { cause })
