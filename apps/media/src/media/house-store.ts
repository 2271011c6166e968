import { type Database, type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'

/** The name of the house whose blobs are kept in a place, beside them. Its failures are those of the place, or the reason of `signal`. */
export interface HouseMark {
  /** Undefined where there is none. */
  read(signal?: AbortSignal): Promise<string | undefined>
  /** Durable when it resolves. Leaves one that is there, whatever it says. */
  write(houseId: string, signal?: AbortSignal): Promise<void>
  replace(houseId: string): Promise<void>
}

export interface HouseStoreDeps {
  readonly database: Pick<Database, 'read' | 'transaction'>
  readonly houseMark: HouseMark
}

interface House {
  readonly house_id: string
  /** 0 until the mark is known to be written: only then is a place without one another place. */
  readonly marked: number
}

/**
 * Demands that the place of the blobs is the one of this database: elsewhere none of them would be found, and those of the processes with
 * another place would not be seen. Marks it the first time. For each start; may be repeated. Throws `storage.of_another_house`.
 */
export async function demandHouseStore({ database, houseMark }: HouseStoreDeps, signal?: AbortSignal): Promise<void> {
  const house = (await notedHouse(database.read)) ?? (await database.transaction(noteFirst))
  if (house.marked === 0) await houseMark.write(house.house_id, signal)
  const found = await houseMark.read(signal)
  if (found !== house.house_id) throw ofAnotherHouse(found)
  if (house.marked === 0) await noteMarked(database, house.house_id)
}

/** The blobs of this database are in this place from now on, under a new name: processes with the place before do not start any more. */
export async function adoptHouseStore({ database, houseMark }: HouseStoreDeps): Promise<void> {
  const houseId = crypto.randomUUID()
  await database.transaction(async (sql) => {
    await sql.run('DELETE FROM house_store')
    await insert(sql, houseId)
  })
  await houseMark.replace(houseId)
  await noteMarked(database, houseId)
}

const notedHouse = (sql: Sql) => sql.get<House>('SELECT house_id, marked FROM house_store WHERE id = 1')

const insert = (sql: Sql, houseId: string) => sql.run('INSERT INTO house_store (id, house_id, marked) VALUES (1, ?, 0)', [houseId])

/** Of several first starts at once, the name of the first. */
async function noteFirst(sql: Sql): Promise<House> {
  const houseId = crypto.randomUUID()
  try {
    await insert(sql, houseId)
    return { house_id: houseId, marked: 0 }
  } catch (error) {
    const first = error instanceof UniqueViolation ? await notedHouse(sql) : undefined
    if (first === undefined) throw error
    return first
  }
}

const noteMarked = (database: Pick<Database, 'transaction'>, houseId: string) =>
  database.transaction((sql) => sql.run('UPDATE house_store SET marked = 1 WHERE id = 1 AND house_id = ?', [houseId]))

const ofAnotherHouse = (found: string | undefined) =>
  new Failure(
    'internal',
    'storage.of_another_house',
    `the place that STORAGE_URL names ${found === undefined ? 'is not marked as' : 'is marked as another one than'} that of this database's blobs: ` +
      'give every process the same place, and see that it is mounted; where the blobs were moved there or restored from a backup, run `holdfast storage adopt`',
  )
