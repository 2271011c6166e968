import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, type Sql, UniqueViolation } from './sql.ts'

const table = `CREATE TABLE IF NOT EXISTS migration_lease (
  id INTEGER NOT NULL PRIMARY KEY,
  holder CHAR(36) NOT NULL,
  held_until BIGINT NOT NULL
)`

const ttlMs = 10_000
const retryMs = 100

interface LeaseRow {
  readonly holder: string
  readonly held_until: number
}

/** Runs `work` in one process at a time: a row, since a lock would hold on one node of a cluster only. Waits while another one has it. */
export async function withMigrationLease<Result>(database: Database, work: () => Promise<Result>): Promise<Result> {
  const holder = randomUUID()
  await database.transaction((tx) => tx.run(table))
  while (!(await takeLease(database, holder))) await delay(retryMs)
  const renewing = setInterval(() => void hold(database, holder, ttlMs).catch(() => undefined), ttlMs / 3)
  try {
    return await work()
  } finally {
    clearInterval(renewing)
    await hold(database, holder, 0).catch(() => undefined)
  }
}

async function takeLease(database: Database, holder: string): Promise<boolean> {
  const now = await database.now()
  return database.transaction(async (tx) => {
    const row = await tx.get<LeaseRow>('SELECT holder, held_until FROM migration_lease WHERE id = 1')
    if (row === undefined) return insertLease(tx, holder, now + ttlMs)
    if (row.held_until > now) return false
    const { changes } = await tx.run(
      'UPDATE migration_lease SET holder = ?, held_until = ? WHERE id = 1 AND holder = ? AND held_until = ?',
      [holder, now + ttlMs, row.holder, row.held_until],
    )
    return changes === 1
  })
}

async function insertLease(sql: Sql, holder: string, heldUntil: number): Promise<boolean> {
  try {
    await sql.run('INSERT INTO migration_lease (id, holder, held_until) VALUES (1, ?, ?)', [holder, heldUntil])
    return true
  } catch (error) {
    if (error instanceof UniqueViolation) return false
    throw error
  }
}

async function hold(database: Database, holder: string, forMs: number): Promise<void> {
  const heldUntil = forMs === 0 ? 0 : (await database.now()) + forMs
  await database.transaction((tx) => tx.run('UPDATE migration_lease SET held_until = ? WHERE id = 1 AND holder = ?', [heldUntil, holder]))
}
