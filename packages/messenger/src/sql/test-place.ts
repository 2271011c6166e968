import { after } from 'node:test'
import { type Migration, readMigrations } from '@holdfast/database'
import type { TestEngine, TestPlace } from '@holdfast/database/testing'
import type { OpenedTransport, TestClock } from '../testing/contract.ts'
import type { Transport } from '../transport.ts'
import { type Database, migrationsFolder, type SqlTransaction } from './sql-transport.ts'

type TransportOf = (database: Database) => Transport<SqlTransaction> & Partial<AsyncDisposable>

const places: TestPlace[] = []
after(() => Promise.all(places.map((place) => place.remove())))

/** An empty database of an engine, with a transport on it as the contract wants it. */
export async function openOnEngine(
  engine: TestEngine,
  clock: TestClock,
  transportOf: TransportOf,
): Promise<OpenedTransport<SqlTransaction>> {
  const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), effects(engine)])
  places.push(place)
  return openPlace(place, clock, transportOf)
}

const effects = ({ dialect }: TestEngine): Migration => ({
  name: 'effects',
  text: `CREATE TABLE effect (id INTEGER PRIMARY KEY ${dialect === 'mysql' ? 'AUTO_INCREMENT' : ''}, name VARCHAR(100))`,
})

function openPlace(place: TestPlace, clock: TestClock, transportOf: TransportOf): OpenedTransport<SqlTransaction> {
  const database = place.open(() => clock.now)
  const transport = transportOf(database)
  return {
    transport,
    effect: async (tx, name) => {
      await tx.run('INSERT INTO effect (name) VALUES (?)', [name])
    },
    effects: async () => (await database.read.all<{ name: string }>('SELECT name FROM effect ORDER BY id')).map(({ name }) => name),
    again: async () => openPlace(place, clock, transportOf),
    close: async () => {
      await transport[Symbol.asyncDispose]?.()
      await database.close()
    },
  }
}
