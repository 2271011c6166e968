import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { Statements } from './statements.ts'

test('a statement with a limit is compiled once, whatever its limit', async () => {
  using database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE item (id INTEGER PRIMARY KEY); INSERT INTO item VALUES (1), (2), (3)')
  const statements = new Statements(database)
  let compiled = 0
  database.setAuthorizer(() => {
    compiled++
    return 0
  })
  const idsUpTo = async (limit: number) =>
    (await statements.all<{ id: number }>('SELECT id FROM item ORDER BY id LIMIT ?', [limit])).map(({ id }) => id)
  assert.deepEqual(await idsUpTo(1), [1])
  const once = compiled
  assert.ok(once > 0)
  assert.deepEqual([await idsUpTo(2), await idsUpTo(2), await idsUpTo(0), await idsUpTo(9)], [[1, 2], [1, 2], [], [1, 2, 3]])
  assert.equal(compiled, once)
})
