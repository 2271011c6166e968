import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, it, type TestContext } from 'node:test'
import { type Sql, type SqlTransaction, UniqueViolation } from './index.ts'
import type { TestEngine } from './testing/test-engine.ts'
import { onEachEngine } from './testing/test-engines.ts'

/** What holds for works that share a transaction, on each engine. */
onEachEngine((engine) => {
  describe(`works that share a transaction on ${engine.name}`, () => suite(engine))
})

const items = { name: 'items', text: 'CREATE TABLE item (id INTEGER PRIMARY KEY, text VARCHAR(100))' }
const insert = (tx: Sql, id: number, text = '') => tx.run('INSERT INTO item (id, text) VALUES (?, ?)', [id, text])
const range = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

function suite(engine: TestEngine): void {
  const openTable = async (t: TestContext) => {
    const place = await engine.make([items])
    const database = place.open()
    t.after(async () => {
      await database.close()
      await place.remove()
    })
    return {
      database,
      share: <Result>(work: (tx: SqlTransaction) => Promise<Result>) => database.transaction(work, { shared: true }),
      ids: async () => (await database.read.all<{ id: number }>('SELECT id FROM item ORDER BY id')).map(({ id }) => id),
    }
  }

  it('are kept when they resolve, with what they wait for after the commit; each that throws leaves nothing', async (t) => {
    const { share, ids } = await openTable(t)
    const durable: number[] = []
    const works = range(100).map((id) =>
      share(async (tx) => {
        tx.afterCommit(() => durable.push(id))
        if (id % 10 === 1) throw new Error(`no ${id}, before it wrote`)
        await insert(tx, id)
        if (id % 10 === 2) throw new Error(`no ${id}`)
        return id
      }),
    )
    const outcomes = await Promise.allSettled(works)
    const told = outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason.message))
    const kept = range(100).filter((id) => id % 10 > 2 || id % 10 === 0)
    const wordsOf = new Map([
      [1, ', before it wrote'],
      [2, ''],
    ])
    assert.deepEqual(
      told,
      range(100).map((id) => (wordsOf.has(id % 10) ? `no ${id}${wordsOf.get(id % 10)}` : id)),
    )
    assert.deepEqual(await ids(), kept)
    assert.deepEqual(
      durable.toSorted((a, b) => a - b),
      kept,
    )
  })

  it('that want the same key: one has it, each other one is told and goes on', async (t) => {
    const { share, ids } = await openTable(t)
    const takes = await Promise.all(
      range(50).map((each) =>
        share(async (tx) => {
          const taken = await insert(tx, 1_000).then(
            () => true,
            (error: unknown) => !(error instanceof UniqueViolation) && assert.fail(String(error)),
          )
          await insert(tx, each)
          return taken
        }),
      ),
    )
    assert.equal(takes.filter((taken) => taken).length, 1)
    assert.deepEqual(await ids(), [...range(50), 1_000])
  })

  it('add to one counter, one after the other', async (t) => {
    const { share, database } = await openTable(t)
    await share((tx) => insert(tx, 1, '0'))
    await Promise.all(range(200).map(() => share((tx) => tx.run('UPDATE item SET text = text + 1 WHERE id = 1'))))
    assert.equal(Number((await database.read.get<{ text: string }>('SELECT text FROM item'))?.text), 200)
  })

  it('run, and are told of the commit, each in the context of its caller', async (t) => {
    const { share } = await openTable(t)
    const caller = new AsyncLocalStorage<number>()
    const afterwards: (number | undefined)[] = []
    const during = await Promise.all(
      range(20).map((each) =>
        caller.run(each, () =>
          share(async (tx) => {
            await insert(tx, each)
            tx.afterCommit(() => afterwards.push(caller.getStore()))
            if (each === 5) await insert(tx, each).catch(() => undefined)
            return caller.getStore()
          }),
        ),
      ),
    )
    assert.deepEqual(during, range(20))
    assert.deepEqual(
      afterwards.toSorted((a = 0, b = 0) => a - b),
      range(20),
    )
  })

  it('hand in rows that are written before their COMMIT, in the order they came, and not those of a work that throws', async (t) => {
    const { share, database } = await openTable(t)
    const write = async (tx: Sql, rows: readonly number[]) => {
      const values = rows.map(() => '(?, ?)').join(', ')
      await tx.run(
        `INSERT INTO item (id, text) VALUES ${values}`,
        rows.flatMap((id, at) => [id, `${at} of ${rows.length}`]),
      )
    }
    await Promise.allSettled(
      range(30).map((id) =>
        share(async (tx) => {
          tx.beforeCommit(write, id)
          tx.beforeCommit(write, -id)
          if (id % 7 === 0) throw new Error('no')
        }),
      ),
    )
    const rows = await database.read.all<{ id: number; text: string }>('SELECT id, text FROM item WHERE id > 0 ORDER BY id')
    assert.deepEqual(
      rows.map(({ id }) => id),
      range(30).filter((id) => id % 7 !== 0),
    )
    const sums = await database.read.get<{ total: number }>('SELECT SUM(id) AS total FROM item')
    assert.equal(sums?.total, 0)
  })

  it('hand in a row that cannot be written: that one hears it and leaves nothing, the others are kept', async (t) => {
    const { share, ids } = await openTable(t)
    const write = async (tx: Sql, rows: readonly number[]) => {
      for (const id of rows) await insert(tx, id)
    }
    const outcomes = await Promise.allSettled(
      range(20).map((id) =>
        share(async (tx) => {
          await insert(tx, -id)
          tx.beforeCommit(write, id > 18 ? 1_000 : id)
        }),
      ),
    )
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.deepEqual([refused.length, refused[0]?.reason instanceof UniqueViolation], [1, true])
    assert.equal((await ids()).length, 38)
  })

  it('are awaited by close, and refused after it', async (t) => {
    const { share, database } = await openTable(t)
    const works = range(30).map((id) => share((tx) => insert(tx, id)))
    await Promise.all([...works, database.close()])
    await assert.rejects(
      share((tx) => insert(tx, 100)),
      /closed/,
    )
  })

  it('refuse a transaction inside, and a statement after the end', async (t) => {
    const { share, database } = await openTable(t)
    await assert.rejects(
      share(() => share((tx) => insert(tx, 1))),
      /inside a transaction/,
    )
    let kept: SqlTransaction | undefined
    await share(async (tx) => {
      kept = tx
    })
    await assert.rejects(insert(kept ?? assert.fail(), 1), /this transaction has ended/)
    assert.equal((await database.read.all('SELECT id FROM item')).length, 0)
  })
}
