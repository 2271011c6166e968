import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, readMigrations, type SqlTransaction } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { testKeyStore } from '../testing/key-store-contract.ts'
import { createSqlKeyStore, migrationsFolder } from './sql-key-store.ts'

testKeyStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-idempotency-'))
  const database = openSqlite(join(folder, 'test.db'))
  await migrate(database, await readMigrations(migrationsFolder, 'sqlite'))
  await database.transaction((tx) => tx.run('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'))
  return {
    store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
    transaction: database.transaction,
    async note(tx, text) {
      await tx.run('INSERT INTO note (text) VALUES (?)', [text])
    },
    notes: async () => (await database.read.all<{ text: string }>('SELECT text FROM note ORDER BY id')).map(({ text }) => text),
    async close() {
      await database.close()
      await rm(folder, { recursive: true })
    },
  }
})
