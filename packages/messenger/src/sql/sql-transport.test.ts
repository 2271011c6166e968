import { after } from 'node:test'
import { type Migration, readMigrations } from '@holdfast/database'
import { onEachEngine, type TestEngine, type TestPlace } from '@holdfast/database/testing'
import { type OpenedTransport, type TestClock, testTransport } from '../testing/contract.ts'
import { migrationsFolder, type SqlTransaction, sqlTransport } from './sql-transport.ts'

const places: TestPlace[] = []
after(() => Promise.all(places.map((place) => place.remove())))

onEachEngine((engine) => {
  testTransport<SqlTransaction>({
    name: `SQL on ${engine.name}`,
    capabilities: ['durable', 'shared', 'ordered'],
    open: async (clock) => {
      const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), effects(engine)])
      places.push(place)
      return openPlace(place, clock)
    },
  })
})

const effects = ({ dialect }: TestEngine): Migration => ({
  name: 'effects',
  text: `CREATE TABLE effect (id INTEGER PRIMARY KEY ${dialect === 'mysql' ? 'AUTO_INCREMENT' : ''}, name VARCHAR(100))`,
})

function openPlace(place: TestPlace, clock: TestClock): OpenedTransport<SqlTransaction> {
  const database = place.open(() => clock.now)
  return {
    transport: sqlTransport(database),
    effect: async (tx, name) => {
      await tx.run('INSERT INTO effect (name) VALUES (?)', [name])
    },
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect ORDER BY id')).map(({ name }) => name),
    again: async () => openPlace(place, clock),
    close: () => database.close(),
  }
}
