import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { splitStatements } from './split-statements.ts'
import type { Database, Sql } from './sql.ts'

export interface Migration {
  /** The file's name without its ending: `0001-accounts`. Migrations run in the order of their names. */
  readonly name: string
  readonly text: string
}

export interface MigrationState {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

const ledger = `CREATE TABLE IF NOT EXISTS migration (
  name VARCHAR(190) NOT NULL PRIMARY KEY,
  checksum CHAR(64) NOT NULL,
  applied_at BIGINT NOT NULL
)`

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
 * Applies what is pending, one transaction a migration. Two at once apply each once: the second waits and finds it done.
 * Throws when an applied migration was edited afterwards.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<MigrationState> {
  await database.transaction((tx) => tx.run(ledger))
  const applied: string[] = []
  for (const migration of migrations) {
    if (await applyOnce(database, migration)) applied.push(migration.name)
  }
  return { applied, pending: [] }
}

/** What `migrate` would do, without doing it. */
export async function migrationState(database: Database, migrations: readonly Migration[]): Promise<MigrationState> {
  const done = await readLedger(database.read)
  for (const migration of migrations) assertUnchanged(migration, done.get(migration.name))
  return {
    applied: migrations.filter(({ name }) => done.has(name)).map(({ name }) => name),
    pending: migrations.filter(({ name }) => !done.has(name)).map(({ name }) => name),
  }
}

async function applyOnce(database: Database, migration: Migration): Promise<boolean> {
  const appliedAt = await database.now()
  return database.transaction(async (tx) => {
    const row = await tx.get<{ checksum: string }>('SELECT checksum FROM migration WHERE name = ?', [migration.name])
    assertUnchanged(migration, row?.checksum)
    if (row !== undefined) return false
    for (const statement of splitStatements(migration.text)) await tx.run(statement)
    await tx.run('INSERT INTO migration (name, checksum, applied_at) VALUES (?, ?, ?)', [migration.name, checksum(migration), appliedAt])
    return true
  })
}

async function readLedger(sql: Sql): Promise<Map<string, string>> {
  const exists = await sql.get("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'")
  if (exists === undefined) return new Map()
  const rows = await sql.all<{ name: string; checksum: string }>('SELECT name, checksum FROM migration')
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

function assertUnchanged(migration: Migration, applied: string | undefined): void {
  if (applied !== undefined && applied !== checksum(migration)) {
    throw new Error(`migration ${migration.name} was changed after it had been applied: add a new one instead`)
  }
}

const checksum = (migration: Migration) => createHash('sha256').update(migration.text).digest('hex')
