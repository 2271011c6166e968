import { type Database, type Sql, UniqueViolation } from '@holdfast/database'
import { Failure } from '../kernel/failure.ts'
import type { SigningKeys } from './signing-keys.ts'

export interface HouseKeyDeps {
  readonly database: Pick<Database, 'transaction'>
  readonly keys: Pick<SigningKeys, 'current' | 'valid'>
}

/**
 * Notes the key that signs, and demands that it is the noted one or its successor: a process whose folder holds other keys would make tokens
 * and receipts that the others refuse. For each start and after each rotation; may be repeated. Throws `keys.of_another_house`.
 */
export async function demandHouseKey({ database, keys }: HouseKeyDeps): Promise<void> {
  const { kid } = await keys.current()
  const valid = await keys.valid()
  await database.transaction(async (sql) => {
    const noted = (await notedKey(sql)) ?? (await noteFirst(sql, kid))
    if (!valid.some((key) => key.kid === noted)) throw ofAnotherHouse(noted)
    if (noted !== kid) await sql.run('UPDATE house_key SET kid = ? WHERE id = 1 AND kid = ?', [kid, noted])
  })
}

/** The house signs with this key from now on, whatever it signed with before: for keys that were lost. */
export async function adoptHouseKey({ database, keys }: HouseKeyDeps): Promise<void> {
  const { kid } = await keys.current()
  await database.transaction(async (sql) => {
    await sql.run('DELETE FROM house_key')
    await sql.run('INSERT INTO house_key (id, kid) VALUES (1, ?)', [kid])
  })
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

const ofAnotherHouse = (kid: string) =>
  new Failure(
    'internal',
    'keys.of_another_house',
    `the processes of this database sign with the key ${kid}, which the folder of this one (JWT_KEYS_DIR) does not hold: ` +
      'give every process the same folder; where that key is lost, run `holdfast keys adopt`',
  )
