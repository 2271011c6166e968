import { test } from 'node:test'
import { chooseEngine, migrateOnce, openTestUrl, sqlite, type TestEngine } from './test-engine.ts'
import { takeMysqlDatabase } from './test-mysql.ts'

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
  onMysql(suite)
}

/** The tests of this process that take the chosen engine run on MySQL. False, and a test that tells so, where there is no server for it. */
export function chooseMysql(): boolean {
  onMysql(chooseEngine)
  return mysqlServer !== undefined
}

function onMysql(take: (engine: TestEngine) => void): void {
  if (mysqlServer === undefined) test('on MySQL', { skip: 'no HOLDFAST_TEST_MYSQL_URL' })
  else take(mysql(mysqlServer))
}
