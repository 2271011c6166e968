import { type Migration, readMigrations, type SqlTransaction } from '@holdfast/database'
import type { TestEngine } from '@holdfast/database/testing'
import { onEachEngine } from '@holdfast/database/testing/mysql'
import { testKeyStore } from '../testing/key-store-contract.ts'
import { createSqlKeyStore, migrationsFolder } from './sql-key-store.ts'

onEachEngine((engine) => {
  testKeyStore(engine.name, async () => {
    const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), notes(engine)])
    const database = place.open()
    return {
      store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
      transaction: (work) => database.transaction(work, { shared: true }),
      async note(tx, text) {
        await tx.run('INSERT INTO note (text) VALUES (?)', [text])
      },
      notes: async () => (await database.read.all<{ text: string }>('SELECT text FROM note ORDER BY id')).map(({ text }) => text),
      async close() {
        await database.close()
        await place.remove()
      },
    }
  })
})

const notes = ({ dialect }: TestEngine): Migration => ({
  name: 'notes',
  text: `CREATE TABLE note (id INTEGER PRIMARY KEY ${dialect === 'mysql' ? 'AUTO_INCREMENT' : ''}, text VARCHAR(100) NOT NULL)`,
})
