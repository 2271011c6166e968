import { type Database, type Sql, UniqueViolation } from '@holdfast/database'

export interface LeaseDeps {
  readonly database: Pick<Database, 'now' | 'transaction'>
}

export interface LeaseRequest {
  readonly name: string
  /** Who asks: one per process, never used again by another. */
  readonly holder: string
  readonly ttlMs: number
}

export interface Lease {
  readonly name: string
  readonly holder: string
  /** Greater than that of every holder before. */
  readonly token: number
  /** By the database's clock, in milliseconds since 1970. Until then nobody else gets it. */
  readonly heldUntil: number
}

interface LeaseRow {
  readonly holder: string
  readonly held_until: number
  readonly token: number
}

/**
 * Takes a lease that is free or has run out, and renews one that the holder still has, under the same token. Undefined when somebody else
 * has it. For work that one process does at a time: called before each round, it chooses a leader and keeps it.
 */
export async function takeLease({ database }: LeaseDeps, { name, holder, ttlMs }: LeaseRequest): Promise<Lease | undefined> {
  const now = await database.now()
  return database.transaction(async (sql) => {
    const row = await sql.get<LeaseRow>('SELECT holder, held_until, token FROM lease WHERE name = ?', [name])
    const runs = row !== undefined && row.held_until > now
    if (runs && row.holder !== holder) return undefined
    const lease = { name, holder, token: (row?.token ?? 0) + (runs ? 0 : 1), heldUntil: now + ttlMs }
    const taken = row === undefined ? await insertLease(sql, lease) : await replaceLease(sql, row, lease)
    return taken ? lease : undefined
  })
}

async function insertLease(sql: Sql, { name, holder, heldUntil, token }: Lease): Promise<boolean> {
  try {
    await sql.run('INSERT INTO lease (name, holder, held_until, token) VALUES (?, ?, ?, ?)', [name, holder, heldUntil, token])
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}

async function replaceLease(sql: Sql, before: LeaseRow, { name, holder, heldUntil, token }: Lease): Promise<boolean> {
  const { changes } = await sql.run(
    'UPDATE lease SET holder = ?, held_until = ?, token = ? WHERE name = ? AND token = ? AND held_until = ?',
    [holder, heldUntil, token, name, before.token, before.held_until],
  )
  return changes === 1
}

/** Lets others have it at once. Does nothing when it has passed on meanwhile; may be repeated. */
export async function releaseLease({ database }: LeaseDeps, { name, token }: Lease): Promise<void> {
  await database.transaction((sql) => sql.run('UPDATE lease SET held_until = 0 WHERE name = ? AND token = ?', [name, token]))
}
