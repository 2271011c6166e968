import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deleteAll, insertAll, listTables, type Row, readRows } from './index.ts'
import { onEachEngine } from './testing/test-engines.ts'

const migrations = [
  {
    name: '0001-notes',
    text: `CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, text VARCHAR(50), bytes BLOB);
CREATE TABLE answer (id INTEGER NOT NULL PRIMARY KEY, note INTEGER NOT NULL, FOREIGN KEY (id) REFERENCES note (id));
CREATE TABLE tag (note INTEGER NOT NULL, name CHAR(10) NOT NULL, PRIMARY KEY (note, name));`,
  },
]
onEachEngine((engine) => {
  describe(`on ${engine.name}`, () => {
    test('a snapshot shows one moment, whatever is written meanwhile', async () => {
      const place = await engine.make(migrations)
      const database = place.open()
      const add = (id: number) => database.transaction((tx) => tx.run('INSERT INTO note (id) VALUES (?)', [id]))
      const count = async (sql: Pick<typeof database.read, 'get'>) =>
        Number((await sql.get<{ many: number }>('SELECT COUNT(*) AS many FROM note'))?.many)
      await add(1)
      const seen = await database.snapshot(async (view) => {
        await add(2)
        const first = await count(view)
        await add(3)
        return [first, await count(view), await count(database.read)]
      })
      assert.deepEqual(seen, [1, 1, 3])
      await assert.rejects(database.snapshot(async (view) => view.all('DELETE FROM note')))
      assert.equal(await count(database.read), 3)
      await database.close()
      await place.remove()
    })

    test('the rows of every table travel to another database, byte by byte', async () => {
      const [from, to] = [await engine.make(migrations), await engine.make(migrations)]
      const [source, target] = [from.open(), to.open()]
      const notes = Array.from({ length: 450 }, (_, at) => ({
        id: at + 1,
        text: at % 3 === 0 ? null : `“${at}”`,
        bytes: Buffer.from([at % 256, 0]),
      }))
      const tags = notes.slice(0, 250).flatMap(({ id }) => ['one', 'two'].map((name) => ({ note: id, name })))
      await insertAll(source, 'note', notes)
      await insertAll(source, 'tag', tags)
      await insertAll(source, 'answer', [{ id: 7, note: 8 }])
      const tables = await listTables(source.read, source.dialect)
      assert.deepEqual(
        tables.map(({ name, primaryKey }) => [name, ...primaryKey]),
        [
          ['note', 'id'],
          ['tag', 'note', 'name'],
          ['answer', 'id'],
        ],
      )
      const allOf = async ({ read }: typeof source) => {
        const pages: Row[][] = []
        for (const table of tables) for await (const rows of readRows(read, table)) pages.push(rows)
        return JSON.stringify(pages)
      }
      for (const table of tables) for await (const rows of readRows(source.read, table)) await insertAll(target, table.name, rows)
      assert.equal(await allOf(target), await allOf(source))
      assert.match(await allOf(target), /“448”/)
      await target.transaction(async (tx) => void (await deleteAll(tx, 'tag')))
      assert.deepEqual(await target.read.all('SELECT * FROM tag'), [])
      for (const database of [source, target]) await database.close()
      for (const place of [from, to]) await place.remove()
    })
  })
})
