import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, DatabaseUnavailable, type Sql, type SqlTransaction, UniqueViolation } from '../index.ts'
import { openSqlite } from './sqlite-database.ts'

let folder: string
let path: string
let database: Database

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-sqlite-'))
  path = join(folder, 'test.db')
  // A slow machine must not cut a group, or a work, short: the tests tell what shares one.
  database = openSqlite(path, { maxGroupMs: 60_000, maxWorkMs: 60_000 })
  await database.transaction((tx) => tx.run('CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT)'))
})

afterEach(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

const insert = (tx: Sql, id: number, text = '') => tx.run('INSERT INTO item (id, text) VALUES (?, ?)', [id, text])
const ids = async (): Promise<number[]> => (await database.read.all<{ id: number }>('SELECT id FROM item ORDER BY id')).map(({ id }) => id)

test('nobody hears an outcome before it is committed', async () => {
  const seen = await Promise.all(
    [1, 2, 3].map(async (id) => {
      const during = await database.transaction(async (tx) => {
        await insert(tx, id)
        return (await ids()).length
      })
      return { during, after: (await ids()).length }
    }),
  )
  assert.deepEqual(seen, Array(3).fill({ during: 0, after: 3 }))
})

test('a work that throws is undone alone', async () => {
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4].map((id) =>
      database.transaction(async (tx) => {
        await insert(tx, id)
        if (id % 2 === 0) throw new Error(`not ${id}`)
        return id
      }),
    ),
  )
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message)),
    [1, 'not 2', 3, 'not 4'],
  )
  assert.deepEqual(await ids(), [1, 3])
})

test('a unique violation can be told, and the transaction goes on', async () => {
  await database.transaction(async (tx) => {
    await insert(tx, 1)
    await assert.rejects(insert(tx, 1), UniqueViolation)
    await insert(tx, 2)
  })
  assert.deepEqual(await ids(), [1, 2])
  await assert.rejects(
    database.transaction((tx) => insert(tx, 2)),
    UniqueViolation,
  )
})

test('1,000 transactions at once read and write one counter one after the other', async () => {
  await database.transaction((tx) => insert(tx, 1, '0'))
  await Promise.all(
    Array.from({ length: 1_000 }, () =>
      database.transaction(async (tx) => {
        const row = await tx.get<{ text: string }>('SELECT text FROM item WHERE id = 1')
        await Promise.resolve()
        await tx.run('UPDATE item SET text = ? WHERE id = 1', [String(Number(row?.text) + 1)])
      }),
    ),
  )
  assert.equal((await database.read.get<{ text: string }>('SELECT text FROM item WHERE id = 1'))?.text, '1000')
})

test('each work, and what it runs after the commit, is in the context of its own caller', async () => {
  const caller = new AsyncLocalStorage<number>()
  const callbacks: (number | undefined)[] = []
  const works = await Promise.all(
    [1, 2, 3].map((each) =>
      caller.run(each, () =>
        database.transaction(async (tx) => {
          await insert(tx, each)
          tx.afterCommit(() => callbacks.push(caller.getStore()))
          return caller.getStore()
        }),
      ),
    ),
  )
  assert.deepEqual(
    [works, callbacks],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  )
})

test('what is to run after the commit does not run after a rollback', async () => {
  let hasRun = false
  const work = database.transaction(async (tx) => {
    tx.afterCommit(() => {
      hasRun = true
    })
    throw new Error('no')
  })
  await assert.rejects(work, /no/)
  await delay(1)
  assert.equal(hasRun, false)
})

test('a statement after the end throws and writes nothing', async () => {
  let kept: SqlTransaction | undefined
  await database.transaction(async (tx) => {
    kept = tx
  })
  assert.ok(kept)
  const late = kept
  await assert.rejects(insert(late, 1), /this transaction has ended/)
  assert.throws(() => late.afterCommit(() => {}), /this transaction has ended/)
  assert.deepEqual(await ids(), [])
})

test('a transaction inside a transaction is refused; after its commit it is not', async () => {
  await assert.rejects(
    database.transaction(() => database.transaction((tx) => insert(tx, 1))),
    /inside a transaction/,
  )
  const { promise: after, resolve } = Promise.withResolvers<unknown>()
  await database.transaction(async (tx) => tx.afterCommit(() => resolve(database.transaction((next) => insert(next, 2)))))
  await after
  assert.deepEqual(await ids(), [2])
})

test('a work that hangs is rolled back alone, and the others go on', async () => {
  const impatient = openSqlite(path, { maxWorkMs: 20 })
  try {
    const hung = impatient.transaction(async (tx) => {
      await insert(tx, 1)
      await new Promise(() => {})
    })
    const next = impatient.transaction((tx) => insert(tx, 2))
    await assert.rejects(hung, DatabaseUnavailable)
    await next
    assert.deepEqual(await ids(), [2])
  } finally {
    await impatient.close()
  }
})

test('what a work awaits from elsewhere keeps its transaction open', async () => {
  await database.transaction(async (tx) => {
    await insert(tx, 1)
    await delay(5)
    await insert(tx, 2)
  })
  assert.deepEqual(await ids(), [1, 2])
})

test('a foreign write lock is waited for without stopping the process, and not for ever', async () => {
  const impatient = openSqlite(path, { busyTimeoutMs: 30 })
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const { promise: locked, resolve: lock } = Promise.withResolvers<void>()
  const holder = database.transaction(async (tx) => {
    await insert(tx, 1)
    lock()
    await released
  })
  await locked
  const refused = [impatient.transaction((tx) => insert(tx, 2)), impatient.transaction((tx) => insert(tx, 3))]
  for (const each of refused) await assert.rejects(each, { name: 'DatabaseUnavailable', reason: 'SQLITE_BUSY' })
  release()
  await holder
  await impatient.transaction((tx) => insert(tx, 4))
  assert.deepEqual(await ids(), [1, 4])
  await impatient.close()
})

test('a full disk is told, keeps what was committed, and later works succeed when there is room', async () => {
  await database.transaction((tx) => insert(tx, 1))
  const pages = await database.transaction((tx) => tx.get<{ page_count: number }>('PRAGMA page_count'))
  const limitPages = (count: number) => database.transaction((tx) => tx.get(`PRAGMA max_page_count = ${count}`))
  await limitPages((pages?.page_count ?? 0) + 2)
  const full = Promise.allSettled([
    database.transaction((tx) => insert(tx, 2, 'x'.repeat(100_000))),
    database.transaction((tx) => insert(tx, 3)),
  ])
  const [large, small] = await full
  assert.ok(large?.status === 'rejected' && large.reason instanceof DatabaseUnavailable)
  assert.equal(large.reason.reason, 'SQLITE_FULL')
  await limitPages(1_000_000)
  await database.transaction((tx) => insert(tx, 4, 'x'.repeat(100_000)))
  assert.deepEqual(await ids(), small?.status === 'fulfilled' ? [1, 3, 4] : [1, 4])
})

test('a work that goes on after a full disk writes nothing outside of its transaction', async () => {
  const pages = await database.transaction((tx) => tx.get<{ page_count: number }>('PRAGMA page_count'))
  await database.transaction((tx) => tx.get(`PRAGMA max_page_count = ${pages?.page_count}`))
  const work = database.transaction(async (tx) => {
    await insert(tx, 1, 'x'.repeat(100_000)).catch(() => undefined)
    await insert(tx, 2)
    throw new Error('undone')
  })
  await assert.rejects(work)
  assert.deepEqual(await ids(), [])
})

test('reading cannot write, and one text is one statement', async () => {
  await assert.rejects(insert(database.read, 1), { name: 'DatabaseUnavailable', reason: 'SQLITE_READONLY' })
  await assert.rejects(
    database.transaction((tx) => tx.run('DELETE FROM item; DELETE FROM item')),
    /several statements/,
  )
})

test('close waits for what was begun and takes nothing more', async () => {
  const begun = database.transaction((tx) => insert(tx, 1))
  const closed = database.close()
  await begun
  await closed
  await assert.rejects(
    database.transaction((tx) => insert(tx, 2)),
    /closed/,
  )
  database = openSqlite(path)
  assert.deepEqual(await ids(), [1])
})

test('a folder in the place of the file, or a file that is no database, is told', async () => {
  assert.throws(() => openSqlite(folder), { name: 'DatabaseUnavailable', reason: 'SQLITE_CANTOPEN' })
  assert.throws(() => openSqlite(import.meta.filename), { name: 'DatabaseUnavailable', reason: 'SQLITE_NOTADB' })
})

test("the clock of the database is the system's, or the one that was given", async () => {
  const before = Date.now()
  assert.ok((await database.now()) >= before)
  const stopped = openSqlite(join(folder, 'other.db'), { clock: () => 42 })
  assert.equal(await stopped.now(), 42)
  await stopped.close()
})
