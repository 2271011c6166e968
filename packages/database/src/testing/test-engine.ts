import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, type Migration, migrate } from '../index.ts'
import { type MysqlOptions, openMysql } from '../mysql/mysql-database.ts'
import { openSqlite, type SqliteOptions } from '../sqlite/sqlite-database.ts'

/** A database that one test has to itself. */
export interface TestPlace {
  /** `sqlite:/a/path` or `mysql://…`, for another process: `openTestUrl` opens it there. */
  readonly url: string
  /** As a process of its own would, each time. Milliseconds since 1970. */
  open(clock?: () => number): Database
  /** The same, on the next node where the server has several. */
  openElsewhere(clock?: () => number): Database
  /** After all that was opened is closed. */
  remove(): Promise<void>
}

export interface TestEngine {
  readonly name: string
  readonly dialect: Database['dialect']
  /** An empty one, or one that holds the tables of the migrations and no rows. */
  make(migrations?: readonly Migration[]): Promise<TestPlace>
}

export const sqlite: TestEngine = {
  name: 'SQLite',
  dialect: 'sqlite',
  make: async (migrations = []) => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
    const url = `sqlite:${join(folder, 'test.db')}`
    const place = {
      url,
      open: (clock?: () => number) => openTestUrl(url, clock),
      openElsewhere: (clock?: () => number) => openTestUrl(url, clock),
      remove: () => rm(folder, { recursive: true }),
    }
    await migrateOnce(place, migrations)
    return place
  },
}

let chosen = sqlite

/** For suites that run on one engine a process: SQLite, unless the process begins with another one. */
export const chosenEngine = (): TestEngine => chosen

export function chooseEngine(engine: TestEngine): void {
  chosen = engine
}

/** For who tries anything but what is late: that a machine is busy, or stands still for a while, is no answer of the database. */
export const patient = {
  ...{ connectTimeoutMs: 60_000, stallAfterMs: 60_000, statementTimeoutMs: 120_000, queueTimeoutMs: 60_000 },
  ...{ repeatForMs: 60_000, maxWorkMs: 60_000, maxSharedWorkMs: 60_000, busyTimeoutMs: 60_000 },
} as const satisfies MysqlOptions & SqliteOptions

export function openTestUrl(url: string, clock?: () => number): Database {
  const options = { ...patient, ...(clock !== undefined && { clock }) }
  return url.startsWith('mysql:') ? openMysql(url.split(','), options) : openSqlite(url.slice('sqlite:'.length), options)
}

export async function migrateOnce(place: Pick<TestPlace, 'open'>, migrations: readonly Migration[]): Promise<void> {
  if (migrations.length === 0) return
  const database = place.open()
  await migrate(database, migrations)
  await database.close()
}
