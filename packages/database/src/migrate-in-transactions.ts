import { assertUnchanged, checksum, type LedgerRow, type Migration } from './ledger.ts'
import { splitStatements } from './split-statements.ts'
import type { Database } from './sql.ts'

const ledger = `CREATE TABLE IF NOT EXISTS migration (
  name VARCHAR(190) NOT NULL PRIMARY KEY,
  checksum CHAR(64) NOT NULL,
  applied_at BIGINT NOT NULL
)`

/** Where a transaction holds statements that define tables too (SQLite): each migration is one. Gives the names of those it applied. */
export async function migrateInTransactions(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  await database.transaction((tx) => tx.run(ledger))
  const applied: string[] = []
  for (const migration of migrations) {
    if (await applyOnce(database, migration)) applied.push(migration.name)
  }
  return applied
}

async function applyOnce(database: Database, migration: Migration): Promise<boolean> {
  const appliedAt = await database.now()
  return database.transaction(async (tx) => {
    const row = await tx.get<LedgerRow>('SELECT checksum FROM migration WHERE name = ?', [migration.name])
    assertUnchanged(migration, row)
    if (row !== undefined) return false
    for (const statement of splitStatements(migration.text)) await tx.run(statement)
    await tx.run('INSERT INTO migration (name, checksum, applied_at) VALUES (?, ?, ?)', [migration.name, checksum(migration), appliedAt])
    return true
  })
}
