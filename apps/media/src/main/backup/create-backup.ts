import { listTables, migrationState, readRows, type Sql } from '@holdfast/database'
import { readKeys } from '../../adapters/signing-keys/kept-keys.ts'
import { Failure } from '../../kernel/failure.ts'
import type { Holdfast } from '../app.ts'
import { allMigrations } from '../migrations.ts'
import { version } from '../version.ts'
import { type BackupFolder, makeBackupFolder } from './backup-folder.ts'
import { type BlobCopies, createBlobCopies, type LiveBlob, liveBlobs } from './copy-blobs.ts'
import { type BackupManifest, names } from './manifest.ts'
import { writeRows } from './row-file.ts'

export interface BackupOptions {
  readonly kept: BackupManifest['blobs']['kept']
  readonly onProgress?: (copiedBlobs: number) => void
}

export interface MadeBackup extends BackupManifest {
  /** SHA-256 of the list of all sums: whoever has it written down elsewhere can tell another backup by it. */
  readonly fingerprint: string
}

/** A round copies what was added during the one before: each is shorter. */
const maxRounds = 20
/** So few are copied within the moment that lies between the rows and them. */
const few = 100

/**
 * Keeps one moment of a house that goes on: its rows, the bytes of each blob that was live then, its keys. Nothing is held up: the blobs are copied
 * first, then the rows of one moment are read, then the few blobs that came meanwhile; where one of these is deleted in that time, a later
 * moment is taken. Throws `backup.place_taken`, `backup.unwritable`, `backup.too_much_change`, and what database, store and keys throw.
 */
export async function createBackup(holdfast: Holdfast, path: string, { kept, onProgress }: BackupOptions): Promise<MadeBackup> {
  let manifest: BackupManifest | undefined
  const fingerprint = await makeBackupFolder(path, async (folder) => {
    let blobsCopied = 0
    const onCopied = () => onProgress?.(++blobsCopied)
    const copies = kept === 'copy' ? createBlobCopies({ blobs: holdfast.blobs, read: holdfast.database.read, folder, onCopied }) : undefined
    const moment = await keepMoment(holdfast, folder, copies)
    // After the rows, which name the newest of them.
    await folder.write(names.keys, [`${JSON.stringify(await readKeys(holdfast.config.keysDir), undefined, 2)}\n`])
    const { tables, migrations, live } = moment
    manifest = {
      ...{ format: 1, version, madeAt: new Date(moment.madeAt).toISOString(), dialect: holdfast.database.dialect, migrations, tables },
      blobs: {
        ...{ kept, count: live.length },
        bytes: copies?.bytes() ?? live.reduce((sum, { size }) => sum + size, 0),
        damaged: copies?.damaged() ?? [],
      },
    }
    await folder.write(names.manifest, [`${JSON.stringify(manifest, undefined, 2)}\n`])
  })
  if (manifest === undefined) throw new Error('a backup without a manifest')
  return { ...manifest, fingerprint }
}

interface Moment extends Pick<BackupManifest, 'tables' | 'migrations'> {
  readonly madeAt: number
  readonly live: readonly LiveBlob[]
}

async function keepMoment({ database }: Holdfast, folder: BackupFolder, copies: BlobCopies | undefined): Promise<Moment> {
  const migrations = await allMigrations(database.dialect)
  for (let round = 0; copies !== undefined && round < maxRounds; round++) {
    if ((await copies.copyMissing(liveBlobs(database.read))) <= few) break
  }
  for (let round = 0; round < maxRounds; round++) {
    copies?.forgetGone()
    const madeAt = await database.now()
    const moment = await database.snapshot(async (view) => ({
      madeAt,
      migrations: [...(await migrationState({ dialect: database.dialect, read: view }, migrations)).applied],
      tables: await writeTables(view, database.dialect, folder),
      live: await allOf(liveBlobs(view)),
    }))
    await copies?.copyMissing(moment.live)
    if (copies?.forgetGone()) continue
    await copies?.keep(new Set(moment.live.map(({ storage_key: key }) => key)))
    return moment
  }
  throw new Failure('unavailable', 'backup.too_much_change', 'blobs were deleted faster than they could be copied: try again')
}

async function writeTables(view: Pick<Sql, 'all'>, dialect: Holdfast['database']['dialect'], folder: BackupFolder) {
  const tables: Record<string, number> = {}
  for (const table of await listTables(view, dialect)) {
    tables[table.name] = 0
    const count = (rows: number) => {
      tables[table.name] = (tables[table.name] ?? 0) + rows
    }
    await folder.write(names.rowsOf(table.name), writeRows(readRows(view, table), count))
  }
  return tables
}

async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = []
  for await (const item of items) all.push(item)
  return all
}
