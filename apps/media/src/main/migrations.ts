import { fileURLToPath } from 'node:url'
import { type Database, type Migration, readMigrations } from '@holdfast/database'
import { migrationsFolder as idempotencyMigrations } from '@holdfast/idempotency/sql'
import { migrationsFolder as messengerMigrations } from '@holdfast/messenger/sql'

const serviceMigrations = fileURLToPath(new URL('../../migrations', import.meta.url))

/** Those of the packages first: the service's tables are written in the same transactions, and may come to refer to theirs. */
export async function allMigrations(dialect: Database['dialect']): Promise<Migration[]> {
  const parts = [
    ['messenger', messengerMigrations],
    ['idempotency', idempotencyMigrations],
    ['media', serviceMigrations],
  ] as const
  const migrations = await Promise.all(
    parts.map(async ([part, folder]) => {
      const ofPart = await readMigrations(folder, dialect)
      return ofPart.map(({ name, text }) => ({ name: `${part}/${name}`, text }))
    }),
  )
  return migrations.flat()
}
