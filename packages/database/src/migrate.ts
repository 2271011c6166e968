import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertUnchanged, type Migration, readLedger } from './ledger.ts'
import { migrateByStatements } from './migrate-by-statements.ts'
import { migrateInTransactions } from './migrate-in-transactions.ts'
import type { Database, Sql } from './sql.ts'

export type { Migration } from './ledger.ts'

export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/**
 * Reads the `NAME.sql` files of a folder, and `NAME.sqlite.sql` or `NAME.mysql.sql` where the engines differ.
 * Throws when two files of one dialect have the same name.
 */
export async function readMigrations(folder: string, dialect: Database['dialect']): Promise<Migration[]> {
  const foreign = dialect === 'sqlite' ? '.mysql.sql' : '.sqlite.sql'
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql') && !file.endsWith(foreign))
  const migrations = await Promise.all(
    files.map(async (file) => ({
      name: file.replace(/(\.sqlite|\.mysql)?\.sql$/, ''),
      text: await readFile(join(folder, file), 'utf8'),
    })),
  )
  const sorted = migrations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const twice = sorted.find(({ name }, at) => name === sorted[at + 1]?.name)
  if (twice !== undefined) throw new Error(`two migrations for ${dialect} are named ${twice.name}`)
  return sorted
}

/**
 * Applies what is pending. Two at once apply each migration once: the second waits and finds it done. One that is cut off leaves nothing
 * of itself on SQLite; on MySQL it goes on where it was the next time. Throws when an applied migration was edited afterwards.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<MigrationState> {
  const applyAll = database.dialect === 'sqlite' ? migrateInTransactions : migrateByStatements
  return { applied: await applyAll(database, migrations), pending: [] }
}

interface Migrated extends Pick<Database, 'dialect'> {
  readonly read: Pick<Sql, 'all' | 'get'>
}

/** What `migrate` would do, without doing it. */
export async function migrationState(database: Migrated, migrations: readonly Migration[]): Promise<MigrationState> {
  const ledger = await readLedger(database.read, database.dialect)
  for (const migration of migrations) assertUnchanged(migration, ledger.get(migration.name))
  const isApplied = ({ name }: Migration) => (ledger.get(name)?.applied_at ?? null) !== null
  const names = (some: readonly Migration[]) => some.map(({ name }) => name)
  return { applied: names(migrations.filter(isApplied)), pending: names(migrations.filter((each) => !isApplied(each))) }
}
