import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { migrationsFolder } from '@holdfast/messenger/sql'

/** A SQLite database with the tables of the messenger, on the disk that the working copy is on; removed afterwards. */
export async function openMessageDatabase(): Promise<{ readonly database: Database } & AsyncDisposable> {
  const folder = await mkdtemp(join('reports', 'messages-'))
  const database = openSqlite(join(folder, 'messages.db'))
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(folder, { recursive: true })
    },
  }
}
