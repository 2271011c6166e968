import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it, test } from 'node:test'
import { type Database, migrate, migrationState, readMigrations } from './index.ts'
import type { TestPlace } from './testing/test-engine.ts'
import { onEachEngine } from './testing/test-engines.ts'

const first = { name: '0001-first', text: 'CREATE TABLE first (id INTEGER PRIMARY KEY);\nINSERT INTO first VALUES (1);' }
const second = { name: '0002-second', text: 'CREATE TABLE second (id INTEGER PRIMARY KEY)' }

onEachEngine((engine) => {
  describe(`migrations on ${engine.name}`, () => {
    let place: TestPlace
    let database: Database
    let now = 1

    beforeEach(async () => {
      place = await engine.make()
      database = place.open(() => now)
    })

    afterEach(async () => {
      await database.close()
      await place.remove()
    })

    const idsOf = async (table: string) => (await database.read.all<{ id: number }>(`SELECT id FROM ${table}`)).map(({ id }) => id)

    it('applies what is pending once, and tells its state before and after', async () => {
      assert.deepEqual(await migrationState(database, [first, second]), { applied: [], pending: [first.name, second.name] })
      assert.deepEqual(await migrate(database, [first]), { applied: [first.name], pending: [] })
      assert.deepEqual(await migrationState(database, [first, second]), { applied: [first.name], pending: [second.name] })
      assert.deepEqual(await migrate(database, [first, second]), { applied: [second.name], pending: [] })
      assert.deepEqual(await migrate(database, [first, second]), { applied: [], pending: [] })
    })

    it('applies each once when two migrate at once', async () => {
      // By the same clock: a lease of the one must not look as if it had run out to the other.
      const other = place.open(() => now)
      try {
        const both = await Promise.all([migrate(database, [first, second]), migrate(other, [first, second])])
        assert.deepEqual(both.flatMap(({ applied }) => applied).toSorted(), [first.name, second.name])
        assert.deepEqual(await idsOf('first'), [1])
      } finally {
        await other.close()
      }
    })

    it('refuses an applied migration that was edited', async () => {
      await migrate(database, [first])
      const edited = { ...first, text: `${first.text}\nDROP TABLE first;` }
      await assert.rejects(migrate(database, [edited]), /0001-first was changed/)
      await assert.rejects(migrationState(database, [edited]), /0001-first was changed/)
      assert.deepEqual(await idsOf('first'), [1])
    })

    it('leaves a migration that failed half-way pending', async () => {
      const broken = { name: '0002-broken', text: 'CREATE TABLE half (id INTEGER);\nINSERT INTO nowhere VALUES (1);' }
      await assert.rejects(migrate(database, [first, broken]), /nowhere/)
      assert.deepEqual((await migrationState(database, [first, broken])).pending, [broken.name])
      if (engine.dialect === 'sqlite') await assert.rejects(idsOf('half'), /no such table/)
    })

    // Each statement, and what is written down about it, is a transaction or two.
    it('goes on wherever it was cut off, and does nothing twice', async () => {
      const text = `${first.text} CREATE INDEX first_by_id ON first (id); UPDATE first SET id = id + 1; ${second.text}; DROP TABLE second`
      const migration = { name: '0001-long', text }
      for (let survived = 0; ; survived++) {
        const outcome = await migrate(dyingAfter(database, survived), [migration]).catch((error: unknown) => error)
        if (!(outcome instanceof Killed)) break
        now += 10_000
      }
      assert.deepEqual(await migrate(database, [migration]), { applied: [], pending: [] })
      assert.deepEqual(await idsOf('first'), [2])
    })
  })
})

class Killed extends Error {}

/** A process that is killed after so many commits: of the next one it does not hear, and it is not even rolled back. */
function dyingAfter(database: Database, commits: number): Database {
  let left = commits
  return {
    ...database,
    transaction: async (work) => {
      if (left < 0) throw new Killed()
      const result = await database.transaction(work)
      if (left-- <= 0) throw new Killed()
      return result
    },
  }
}

test("a folder's files are read for one dialect, in the order of their names", async () => {
  const migrations = join(await mkdtemp(join(tmpdir(), 'holdfast-migrate-')), 'migrations')
  await mkdir(migrations)
  const files = ['0002-b.mysql.sql', '0002-b.sqlite.sql', '0001-a.sql', '0003-c.sql', 'README.md']
  for (const file of files) await writeFile(join(migrations, file), `-- ${file}`)
  const read = async (dialect: Database['dialect']) =>
    (await readMigrations(migrations, dialect)).map(({ name, text }) => `${name} ${text}`)
  assert.deepEqual(await read('sqlite'), ['0001-a -- 0001-a.sql', '0002-b -- 0002-b.sqlite.sql', '0003-c -- 0003-c.sql'])
  assert.deepEqual(await read('mysql'), ['0001-a -- 0001-a.sql', '0002-b -- 0002-b.mysql.sql', '0003-c -- 0003-c.sql'])

  await writeFile(join(migrations, '0001-a.sqlite.sql'), '')
  await assert.rejects(read('sqlite'), /two migrations for sqlite are named 0001-a/)
  await rm(migrations, { recursive: true })
})
