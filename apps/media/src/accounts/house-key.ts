import { type Database, type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { PublicJwk } from './signing-keys.ts'

export interface HouseKeyDeps {
  readonly database: Pick<Database, 'transaction'>
  /** Every key that the folder ever held, newest first. */
  readonly keys: { published(): Promise<readonly Pick<PublicJwk, 'kid'>[]> }
}

/**
 * Notes the newest key, and demands that the noted one is it or was before it: a process whose folder holds other keys would make tokens and
 * receipts that the others refuse. For each start and after each rotation; may be repeated. Throws `keys.of_another_house`.
 */
export async function demandHouseKey({ database, keys }: HouseKeyDeps): Promise<void> {
  const notedBefore = await database.transaction(notedKey)
  // Asked for afterwards: a rotation publishes its key, then notes it.
  const held = await kidsOf(keys)
  const [newest] = held
  const noted = notedBefore ?? (await database.transaction((sql) => noteFirst(sql, newest)))
  if (noted === closed) throw restoreUnfinished()
  if (!held.includes(noted)) throw ofAnotherHouse(noted)
  if (noted === newest) return
  await database.transaction((sql) => sql.run('UPDATE house_key SET kid = ? WHERE id = 1 AND kid = ?', [newest, noted]))
}

/** No key has this name: nothing runs on this database until another one is noted. For whoever fills it, and may be cut off. */
const closed = 'closed'

export async function closeHouse({ database }: Pick<HouseKeyDeps, 'database'>): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.run('DELETE FROM house_key')
    await sql.run('INSERT INTO house_key (id, kid) VALUES (1, ?)', [closed])
  })
}

export const isClosed = async (sql: Sql): Promise<boolean> => (await notedKey(sql)) === closed

/** The house signs with the keys of this folder from now on, whatever it signed with before: for keys that were lost. */
export async function adoptHouseKey({ database, keys }: HouseKeyDeps): Promise<void> {
  const [newest] = await kidsOf(keys)
  await database.transaction(async (sql) => {
    await sql.run('DELETE FROM house_key')
    await sql.run('INSERT INTO house_key (id, kid) VALUES (1, ?)', [newest])
  })
}

async function kidsOf(keys: HouseKeyDeps['keys']): Promise<[string, ...string[]]> {
  const [newest, ...older] = (await keys.published()).map(({ kid }) => kid)
  if (newest === undefined) throw new Error('a folder of keys holds none')
  return [newest, ...older]
}

const notedKey = async (sql: Sql) => (await sql.get<{ readonly kid: string }>('SELECT kid FROM house_key WHERE id = 1'))?.kid

/** Of several first starts at once, the key of the first. */
async function noteFirst(sql: Sql, kid: string): Promise<string> {
  try {
    await sql.run('INSERT INTO house_key (id, kid) VALUES (1, ?)', [kid])
    return kid
  } catch (error) {
    const first = error instanceof UniqueViolation ? await notedKey(sql) : undefined
    if (first === undefined) throw error
    return first
  }
}

const restoreUnfinished = () =>
  new Failure(
    'internal',
    'backup.restore_unfinished',
    'this database is filled from a backup, or that was cut off: wait for it, or run `holdfast backup restore` again',
  )

const ofAnotherHouse = (kid: string) =>
  new Failure(
    'internal',
    'keys.of_another_house',
    `the processes of this database sign with the key ${kid}, which the folder of this one (JWT_KEYS_DIR) does not hold: ` +
      'give every process the same folder; where that key is lost, run `holdfast keys adopt`',
  )
