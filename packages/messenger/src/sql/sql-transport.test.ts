import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { migrate, readMigrations } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { type OpenedTransport, type TestClock, testTransport } from '../testing/contract.ts'
import { migrationsFolder, type SqlTransaction, sqlTransport } from './sql-transport.ts'

const folder = await mkdtemp(join(tmpdir(), 'messenger-'))
after(() => rm(folder, { recursive: true }))
let files = 0

testTransport<SqlTransaction>({
  name: 'SQL on SQLite',
  capabilities: ['durable', 'shared', 'ordered'],
  open: (clock) => openFile(join(folder, `${files++}.sqlite`), clock),
})

async function openFile(path: string, clock: TestClock): Promise<OpenedTransport<SqlTransaction>> {
  const database = openSqlite(path, { clock: () => clock.now })
  await migrate(database, await readMigrations(migrationsFolder, database.dialect))
  await database.transaction((tx) => tx.run('CREATE TABLE IF NOT EXISTS effect (id INTEGER PRIMARY KEY, name VARCHAR(100))'))
  return {
    transport: sqlTransport(database),
    effect: async (tx, name) => {
      await tx.run('INSERT INTO effect (name) VALUES (?)', [name])
    },
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect ORDER BY id')).map(({ name }) => name),
    again: () => openFile(path, clock),
    close: () => database.close(),
  }
}
