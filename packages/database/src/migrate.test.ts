import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type Database, migrate, migrationState, readMigrations } from './index.ts'
import { openSqlite } from './sqlite/sqlite-database.ts'

let folder: string
let database: Database

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-migrate-'))
  database = openSqlite(join(folder, 'test.db'))
})

afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const first = { name: '0001-first', text: 'CREATE TABLE first (id INTEGER PRIMARY KEY);\nINSERT INTO first VALUES (1);' }
const second = { name: '0002-second', text: 'CREATE TABLE second (id INTEGER PRIMARY KEY)' }

test('what is pending is applied once, and its state can be asked before and after', async () => {
  assert.deepEqual(await migrationState(database, [first, second]), { applied: [], pending: [first.name, second.name] })
  assert.deepEqual(await migrate(database, [first]), { applied: [first.name], pending: [] })
  assert.deepEqual(await migrationState(database, [first, second]), { applied: [first.name], pending: [second.name] })
  assert.deepEqual(await migrate(database, [first, second]), { applied: [second.name], pending: [] })
  assert.deepEqual(await migrate(database, [first, second]), { applied: [], pending: [] })
})

test('two at once apply each migration once', async () => {
  const other = openSqlite(join(folder, 'test.db'))
  try {
    const both = await Promise.all([migrate(database, [first, second]), migrate(other, [first, second])])
    assert.deepEqual(both.flatMap(({ applied }) => applied).toSorted(), [first.name, second.name])
    assert.deepEqual(await database.read.all('SELECT id FROM first'), [{ __proto__: null, id: 1 }])
  } finally {
    await other.close()
  }
})

test('an applied migration that was edited is refused', async () => {
  await migrate(database, [first])
  const edited = { ...first, text: `${first.text}\nDROP TABLE first;` }
  await assert.rejects(migrate(database, [edited]), /0001-first was changed/)
  await assert.rejects(migrationState(database, [edited]), /0001-first was changed/)
  assert.equal((await database.read.all('SELECT id FROM first')).length, 1)
})

test('a migration that fails half-way leaves nothing of itself', async () => {
  const broken = { name: '0002-broken', text: 'CREATE TABLE half (id INTEGER);\nINSERT INTO nowhere VALUES (1);' }
  await assert.rejects(migrate(database, [first, broken]), /nowhere/)
  assert.deepEqual((await migrationState(database, [first, broken])).pending, [broken.name])
  await assert.rejects(database.read.all('SELECT * FROM half'), /no such table/)
})

test("a folder's files are read for one dialect, in the order of their names", async () => {
  const migrations = join(folder, 'migrations')
  await mkdir(migrations)
  const files = ['0002-b.mysql.sql', '0002-b.sqlite.sql', '0001-a.sql', '0003-c.sql', 'README.md']
  for (const file of files) await writeFile(join(migrations, file), `-- ${file}`)
  const read = async (dialect: Database['dialect']) =>
    (await readMigrations(migrations, dialect)).map(({ name, text }) => `${name} ${text}`)
  assert.deepEqual(await read('sqlite'), ['0001-a -- 0001-a.sql', '0002-b -- 0002-b.sqlite.sql', '0003-c -- 0003-c.sql'])
  assert.deepEqual(await read('mysql'), ['0001-a -- 0001-a.sql', '0002-b -- 0002-b.mysql.sql', '0003-c -- 0003-c.sql'])

  await writeFile(join(migrations, '0001-a.sqlite.sql'), '')
  await assert.rejects(read('sqlite'), /two migrations for sqlite are named 0001-a/)
})
