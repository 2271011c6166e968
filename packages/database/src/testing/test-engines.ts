import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Database, type Migration, migrate } from '../index.ts'
import { openMysql } from '../mysql/mysql-database.ts'
import { openSqlite } from '../sqlite/sqlite-database.ts'
import { takeMysqlDatabase } from './test-mysql.ts'

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

const sqlite: TestEngine = {
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

const mysqlServer = process.env['HOLDFAST_TEST_MYSQL_URL']

const mysql = (server: string): TestEngine => ({
  name: 'MySQL',
  dialect: 'mysql',
  make: async (migrations = []) => {
    const { url, remove } = await takeMysqlDatabase(server, migrations)
    const [first = url, ...others] = url.split(',')
    const place = {
      url,
      remove,
      open: (clock?: () => number) => openTestUrl(url, clock),
      openElsewhere: (clock?: () => number) => openTestUrl([...others, first].join(','), clock),
    }
    await migrateOnce(place, migrations)
    return place
  },
})

/** Runs the suite on SQLite, and on the server at `HOLDFAST_TEST_MYSQL_URL`, whose user may make databases. */
export function onEachEngine(suite: (engine: TestEngine) => void): void {
  suite(sqlite)
  if (mysqlServer === undefined) test('on MySQL', { skip: 'no HOLDFAST_TEST_MYSQL_URL' })
  else suite(mysql(mysqlServer))
}

/** For suites that run on one engine a process: SQLite, unless the process begins with `chooseMysql`. */
export const chosenEngine = (): TestEngine => (isMysqlChosen && mysqlServer !== undefined ? mysql(mysqlServer) : sqlite)

let isMysqlChosen = false

/** False, and a test that tells so, where there is no server for it. */
export function chooseMysql(): boolean {
  isMysqlChosen = true
  if (mysqlServer === undefined) test('on MySQL', { skip: 'no HOLDFAST_TEST_MYSQL_URL' })
  return mysqlServer !== undefined
}

export function openTestUrl(url: string, clock?: () => number): Database {
  const options = clock === undefined ? {} : { clock }
  return url.startsWith('mysql:') ? openMysql(url.split(','), options) : openSqlite(url.slice('sqlite:'.length), options)
}

async function migrateOnce(place: Pick<TestPlace, 'open'>, migrations: readonly Migration[]): Promise<void> {
  if (migrations.length === 0) return
  const database = place.open()
  await migrate(database, migrations)
  await database.close()
}
