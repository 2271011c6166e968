import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deleteAll, insertAll, listTables, type Migration, migrate, type Row } from '@holdfast/database'
import { closeHouse, demandHouseKey, isClosed } from '../../accounts/house-key.ts'
import { replaceKeys } from '../../adapters/signing-keys/kept-keys.ts'
import { Failure } from '../../kernel/failure.ts'
import { adoptHouseStore, demandHouseStore } from '../../media/house-store.ts'
import { verifyAudit } from '../../operations/verify-audit.ts'
import type { Holdfast } from '../app.ts'
import { allMigrations } from '../migrations.ts'
import { reconcileHouse } from '../reconcile-house.ts'
import { inNewStory } from '../story-context.ts'
import { asRestored, openingTables } from './as-restored.ts'
import type { SoundBackup } from './check-backup.ts'
import { forEach, liveBlobs } from './copy-blobs.ts'
import { names } from './manifest.ts'
import { readRowFile } from './row-file.ts'

export interface Restoration {
  readonly rows: number
  readonly blobs: number
  /** Live blobs whose bytes are not in the store, as it was in the house, or because a store that is only referred to has lost them. */
  readonly missingBlobs: number
  /** Mails that were not sent at that moment: with the failed messages now. */
  readonly mailsLeft: number
  readonly isAuditIntact: boolean
}

/**
 * Fills an empty house from a backup that was checked. Until all is there nothing runs on the database (`backup.restore_unfinished`); one
 * that was cut off is run again, and begins anew. Throws `backup.house_not_empty`, `backup.newer_version`, `backup.damaged`,
 * `storage.of_another_house`, and what database, store and keys throw.
 */
export async function restoreBackup(holdfast: Holdfast, root: string, backup: SoundBackup): Promise<Restoration> {
  const { database } = holdfast
  const migrations = await allMigrations(database.dialect)
  await demandEmpty(holdfast, root, backup)
  await migrate(database, await migrationsOf(backup, migrations))
  await closeHouse(holdfast)
  const { rows, mailsLeft } = await loadRows(holdfast, root, backup)
  if (backup.blobs.kept === 'copy') await loadBlobs(holdfast, root, backup)
  await replaceKeys(holdfast.config.keysDir, JSON.parse(await readFile(join(root, names.keys), 'utf8')))
  await migrate(database, migrations)
  await openHouse(holdfast, root, backup)
  const missingBlobs = await countMissing(holdfast)
  // In a place that holds nothing but what was just put there; one that is only referred to has newer blobs, which the sweep judges by its own rules.
  if (backup.blobs.kept === 'copy') await inNewStory(() => reconcileHouse(holdfast, 'at-rest'))
  const { intact } = await verifyAudit(database.read)
  return { rows, blobs: backup.blobs.count, missingBlobs, mailsLeft, isAuditIntact: intact }
}

/** Rows that a house has as soon as it is begun. */
const signsOfLife = ['installation', 'tenant', 'user', 'file', 'stored_blob', 'audit', 'message']

async function demandEmpty(
  { database: { read, dialect }, blobs, provideStore }: Holdfast,
  root: string,
  { blobs: { kept } }: SoundBackup,
): Promise<void> {
  const tables = new Set((await listTables(read, dialect)).map(({ name }) => name))
  const isCutOff = tables.has('house_key') && (await isClosed(read))
  for (const name of signsOfLife.filter((table) => tables.has(table))) {
    if (isCutOff || (await read.get(`SELECT 1 FROM ${name} LIMIT 1`)) === undefined) continue
    throw notEmpty('the database of DATABASE_URL holds a house')
  }
  if (kept === 'reference') return
  await provideStore()
  const ours = await keysIn(root)
  for await (const { key } of blobs.list()) {
    if (!isCutOff || !ours.has(key)) throw notEmpty('the place that STORAGE_URL names holds blobs')
  }
}

async function keysIn(root: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  for await (const page of readRowFile(join(root, names.rowsOf('stored_blob'))))
    for (const row of page) keys.add(String(row['storage_key']))
  return keys
}

const notEmpty = (what: string) => new Failure('conflict', 'backup.house_not_empty', `${what}: a backup is restored into an empty one`)

/** Those that had made the tables of the backup, for this engine. What the other engine has beside them is told by its own list. */
async function migrationsOf({ dialect, migrations }: SoundBackup, ours: readonly Migration[]): Promise<readonly Migration[]> {
  const known = new Set((await allMigrations(dialect)).map(({ name }) => name))
  const unknown = migrations.find((name) => !known.has(name))
  if (unknown !== undefined) {
    throw new Failure(
      'unprocessable',
      'backup.newer_version',
      `the backup is of a newer version: this one does not know the migration ${unknown}`,
    )
  }
  return ours.filter(({ name }) => migrations.includes(name) || !known.has(name))
}

/** What stood there before is what migrations, or a restore that was cut off, have put there. */
async function loadRows({ database }: Holdfast, root: string, backup: SoundBackup) {
  const nowMs = await database.now()
  const tables = (await listTables(database.read, database.dialect)).map(({ name }) => name).filter((name) => !openingTables.has(name))
  const unknown = Object.keys(backup.tables).find((name) => !tables.includes(name) && !openingTables.has(name))
  if (unknown !== undefined)
    throw new Failure('unprocessable', 'backup.damaged', `the backup holds a table ${unknown}, which this service has not`)
  for (const table of tables.toReversed()) await database.transaction((tx) => deleteAll(tx, table))
  const counts = { rows: 0, mailsLeft: 0 }
  for (const table of tables.filter((name) => name in backup.tables)) {
    for await (const page of readRowFile(join(root, names.rowsOf(table)))) {
      const rows = page.map((row) => asRestored(table, row, nowMs)).filter((row) => row !== undefined)
      await insertAll(database, table, rows)
      counts.rows += rows.length
      if (table === 'message')
        counts.mailsLeft += rows.filter((row, at) => row['state'] === 'failed' && page[at]?.['state'] !== 'failed').length
    }
  }
  return counts
}

async function loadBlobs({ blobs, database }: Holdfast, root: string, backup: SoundBackup): Promise<void> {
  const damaged = new Set(backup.blobs.damaged)
  await forEach(liveBlobs(database.read), async ({ storage_key: key }) => {
    // Put whole or not at all, by a restore that was cut off.
    if ((await blobs.size(key)) !== undefined) return
    const file = await open(join(root, names.blob(key))).catch((error: unknown) => {
      if (damaged.has(key) && isMissing(error)) return undefined
      throw error
    })
    if (file !== undefined) await blobs.put(key, file.createReadStream(), never)
  })
}

const never = new AbortController().signal

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** The keys and the place of the blobs are those of the house; a place that was filled gets a name of its own. */
async function openHouse(holdfast: Holdfast, root: string, backup: SoundBackup): Promise<void> {
  const { database } = holdfast
  const rowsOf = async (table: string): Promise<Row[]> => {
    const rows: Row[] = []
    if (table in backup.tables) for await (const page of readRowFile(join(root, names.rowsOf(table)))) rows.push(...page)
    return rows
  }
  if (backup.blobs.kept === 'copy') await adoptHouseStore(holdfast)
  else {
    await database.transaction((tx) => deleteAll(tx, 'house_store'))
    await insertAll(database, 'house_store', await rowsOf('house_store'))
    await demandHouseStore(holdfast)
  }
  await database.transaction((tx) => deleteAll(tx, 'house_key'))
  await insertAll(database, 'house_key', await rowsOf('house_key'))
  await demandHouseKey(holdfast)
}

async function countMissing({ blobs, database }: Holdfast): Promise<number> {
  let missing = 0
  await forEach(liveBlobs(database.read), async ({ storage_key: key, size }) => {
    if ((await blobs.size(key)) !== size) missing++
  })
  return missing
}
