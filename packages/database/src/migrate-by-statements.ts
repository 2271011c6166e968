import { assertUnchanged, checksum, type LedgerRow, type Migration } from './ledger.ts'
import { withMigrationLease } from './migration-lease.ts'
import { splitStatements } from './split-statements.ts'
import type { Database } from './sql.ts'

/** Tables compare text byte by byte, as SQLite does, unless they say otherwise: the migrations that engines share cannot say it. */
const collation = 'utf8mb4_bin'

// `begun`: how many statements were begun. All but the last of them are done.
const ledger = `CREATE TABLE IF NOT EXISTS migration (
  name VARCHAR(190) NOT NULL PRIMARY KEY,
  checksum CHAR(64) NOT NULL,
  applied_at BIGINT,
  begun INTEGER NOT NULL
)`

interface ProgressRow extends LedgerRow {
  readonly begun: number
}

/**
 * Where a statement that defines a table is committed at once (MySQL): what was begun is written down first, so that a migration that was
 * cut off goes on where it was. One process at a time. Gives the names of the migrations it applied.
 */
export async function migrateByStatements(database: Database, migrations: readonly Migration[]): Promise<string[]> {
  await setCollation(database)
  await database.transaction((tx) => tx.run(ledger))
  return withMigrationLease(database, async () => {
    const applied: string[] = []
    for (const migration of migrations) {
      if (await apply(database, migration)) applied.push(migration.name)
    }
    return applied
  })
}

async function setCollation(database: Database): Promise<void> {
  const row = await database.read.get<{ now: string }>('SELECT @@collation_database AS now')
  if (row?.now === collation) return
  await database.transaction((tx) => tx.run(`ALTER DATABASE CHARACTER SET utf8mb4 COLLATE ${collation}`))
}

async function apply(database: Database, migration: Migration): Promise<boolean> {
  const row = await progressOf(database, migration)
  if (row.applied_at !== null) return false
  const statements = splitStatements(migration.text)
  const cutOff = statements[row.begun - 1]
  if (cutOff !== undefined && !isAtomic(cutOff)) await define(database, cutOff, { isRepeat: true })
  for (const [at, statement] of statements.entries()) {
    if (at >= row.begun) await runStep(database, migration, at, statement)
  }
  const appliedAt = await database.now()
  await database.transaction((tx) => tx.run('UPDATE migration SET applied_at = ? WHERE name = ?', [appliedAt, migration.name]))
  return true
}

function progressOf(database: Database, migration: Migration): Promise<ProgressRow> {
  return database.transaction(async (tx) => {
    const row = await tx.get<ProgressRow>('SELECT checksum, applied_at, begun FROM migration WHERE name = ?', [migration.name])
    assertUnchanged(migration, row)
    if (row !== undefined) return row
    await tx.run('INSERT INTO migration (name, checksum, begun) VALUES (?, ?, 0)', [migration.name, checksum(migration)])
    return { checksum: checksum(migration), applied_at: null, begun: 0 }
  })
}

async function runStep(database: Database, { name }: Migration, at: number, statement: string): Promise<void> {
  let mayBeDone = false
  await database.transaction(async (tx) => {
    const { changes } = await tx.run('UPDATE migration SET begun = ? WHERE name = ? AND begun = ?', [at + 1, name, at])
    const row = changes === 1 ? undefined : await tx.get<ProgressRow>('SELECT begun FROM migration WHERE name = ?', [name])
    // Said to have lost a conflict at COMMIT, and committed after all.
    if (mayBeDone && row?.begun === at + 1) return
    if (changes !== 1) throw new Error(`migration ${name} was taken over by another process`)
    mayBeDone = true
    if (isAtomic(statement)) await tx.run(statement)
  })
  if (!isAtomic(statement)) await define(database, statement, { isRepeat: false })
}

/** Statements that commit together with the note that they were begun. */
const isAtomic = (statement: string): boolean => /^\s*(insert|update|delete|replace)\b/i.test(statement)

/** A repeat finds done what was cut off after it: that is no error. */
async function define(database: Database, statement: string, { isRepeat }: { readonly isRepeat: boolean }): Promise<void> {
  let mayBeDone = isRepeat
  await database.transaction(async (tx) => {
    try {
      await tx.run(statement)
    } catch (error) {
      if (!mayBeDone || !saysItIsDone(error)) throw error
    } finally {
      mayBeDone = true
    }
  })
}

/** A table, column or key is there, or gone, already. */
const doneErrors = new Set<unknown>([1050, 1051, 1060, 1061, 1091, 1826])

const saysItIsDone = (error: unknown): boolean => error instanceof Error && 'errno' in error && doneErrors.has(error.errno)
