import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Database, type Sql, type SqlTransaction, UniqueViolation } from '../index.ts'
import { patient, type TestEngine } from '../testing/test-engine.ts'
import { onEachEngine } from '../testing/test-engines.ts'
import { type MysqlOptions, openMysql } from './mysql-database.ts'
import { openRoad } from './test-road.ts'

onEachEngine((engine) => {
  if (engine.dialect === 'mysql') describe('transactions that works share on MySQL', () => suite(engine))
})

const items = { name: 'items', text: 'CREATE TABLE item (id INTEGER PRIMARY KEY, text VARCHAR(100))' }
const insert = (tx: Sql, id: number, text = '') => tx.run('INSERT INTO item (id, text) VALUES (?, ?)', [id, text])
const range = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
/** So that works that are begun in one turn meet in one transaction. */
const one: MysqlOptions = { ...patient, sharedConnections: 1, maxSharedMs: 60_000 }
const works = 25
const unknown = { status: 'rejected', reason: 'COMMIT_UNKNOWN' }

function suite(engine: TestEngine): void {
  const openTable = async (t: TestContext) => {
    const place = await engine.make([items])
    const open = (options: MysqlOptions = one, urls = place.url.split(',')): Database => {
      const opened = openMysql(urls, options)
      t.after(() => opened.close())
      return opened
    }
    const elsewhere = () => {
      const opened = place.openElsewhere()
      t.after(() => opened.close())
      return opened
    }
    const reader = open()
    t.after(() => place.remove())
    const ids = async () => (await reader.read.all<{ id: number }>('SELECT id FROM item ORDER BY id')).map(({ id }) => id)
    const texts = async () => (await reader.read.all<{ text: string }>('SELECT text FROM item ORDER BY id')).map(({ text }) => text)
    /** By a way of its own. */
    const openDetour = async () => {
      const [node = place.url] = place.url.split(',')
      const url = new URL(node)
      const road = await openRoad(url.hostname, Number(url.port))
      t.after(() => road[Symbol.asyncDispose]())
      return { road, database: open(one, [Object.assign(url, { host: `127.0.0.1:${road.port}` }).href]) }
    }
    return { open, elsewhere, ids, texts, openDetour }
  }
  const share = <Result>(database: Database, work: (tx: SqlTransaction) => Promise<Result>) => database.transaction(work, { shared: true })
  const count = async (tx: Sql) => (await tx.get<{ rows: number }>('SELECT COUNT(*) AS `rows` FROM item'.replaceAll('`', '"')))?.rows

  it('run one after the other, and nobody hears an outcome before all are committed', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open()
    const seen = await Promise.all(
      range(5).map(async (id) => {
        const during = await share(database, async (tx) => {
          await insert(tx, id)
          return [await count(tx), (await ids()).length]
        })
        return [...during, (await ids()).length]
      }),
    )
    assert.deepEqual(
      seen,
      range(5).map((id) => [id, 0, 5]),
    )
  })

  it('are all undone when one throws that has written, and each is run again alone', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open()
    const runs: number[] = []
    const outcomes = await Promise.allSettled(
      range(5).map((id) =>
        share(database, async (tx) => {
          runs.push(id)
          await insert(tx, id)
          if (id === 3) throw new Error('no')
        }),
      ),
    )
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    )
    assert.deepEqual(
      [await ids(), runs.toSorted((a, b) => a - b)],
      [
        [1, 2, 4, 5],
        [1, 1, 2, 2, 3, 3, 4, 5],
      ],
    )
  })

  it('go on when one throws that has written nothing', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open()
    let runs = 0
    const outcomes = await Promise.allSettled(
      range(5).map((id) =>
        share(database, async (tx) => {
          runs++
          await insert(tx, id === 3 ? 1 : id)
        }),
      ),
    )
    const [refused] = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.ok(refused?.reason instanceof UniqueViolation)
    assert.deepEqual([await ids(), runs], [[1, 2, 4, 5], 5])
  })

  it('do not wait for one that hangs, which is not run beside itself', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open({ ...one, maxSharedWorkMs: 50 })
    const { promise: goes, resolve: goOn } = Promise.withResolvers<void>()
    let [running, most, runs] = [0, 0, 0]
    const hanging = share(database, async (tx) => {
      most = Math.max(most, ++running)
      runs++
      try {
        await insert(tx, 1)
        await goes
        await insert(tx, 2)
      } finally {
        running--
      }
    })
    const others = range(5).map((id) => share(database, (tx) => insert(tx, 10 + id)))
    await Promise.all(others)
    assert.deepEqual([await ids(), runs], [[11, 12, 13, 14, 15], 1])
    goOn()
    await hanging
    assert.deepEqual([await ids(), runs, most], [[1, 2, 11, 12, 13, 14, 15], 2, 1])
  })

  it('give one up that never ends', async (t) => {
    const { open, ids } = await openTable(t)
    // The other one may take as long, and is innocent.
    const database = open({ ...one, maxSharedWorkMs: 20, maxWorkMs: 2_000 })
    const hung = share(database, async (tx) => {
      await insert(tx, 1)
      await new Promise(() => {})
    })
    const other = share(database, (tx) => insert(tx, 2))
    await assert.rejects(hung, { name: 'DatabaseUnavailable', reason: 'WORK_TIMEOUT' })
    await other
    assert.deepEqual(await ids(), [2])
  })

  it('that need what another one does, get it', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open({ ...one, maxSharedWorkMs: 50 })
    const { promise: done, resolve } = Promise.withResolvers<void>()
    await Promise.all([
      share(database, async (tx) => {
        await insert(tx, 1)
        await done
      }),
      share(database, async (tx) => void (await insert(tx, 2))).then(resolve),
    ])
    assert.deepEqual(await ids(), [1, 2])
  })

  it('do not wait for long for a row that one of them cannot have', async (t) => {
    const { open, elsewhere, ids } = await openTable(t)
    const database = open({ ...one, maxSharedWorkMs: 50 })
    await share(database, (tx) => insert(tx, 1))
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { promise: held, resolve: hold } = Promise.withResolvers<void>()
    const holder = elsewhere().transaction(async (tx) => {
      await tx.run("UPDATE item SET text = 'held' WHERE id = 1")
      hold()
      await released
    })
    await held
    const waiting = share(database, (tx) => tx.run("UPDATE item SET text = 'had' WHERE id = 1"))
    await Promise.all(range(5).map((id) => share(database, (tx) => insert(tx, 10 + id))))
    assert.deepEqual(await ids(), [1, 11, 12, 13, 14, 15])
    release()
    await Promise.all([holder, waiting])
  })

  for (const when of ['before', 'after'] as const) {
    it(`all hear that nobody knows, when the connection was cut ${when} the server heard COMMIT`, async (t) => {
      const { ids, openDetour } = await openTable(t)
      const { road, database } = await openDetour()
      const committed: number[] = []
      const outcomes = await Promise.allSettled(
        range(5).map((id) =>
          share(database, async (tx) => {
            tx.afterCommit(() => committed.push(id))
            await insert(tx, id)
            if (id === 5) road.cutAt('COMMIT', when)
          }),
        ),
      )
      const told = outcomes.map((outcome) => ({ status: outcome.status, reason: 'reason' in outcome ? outcome.reason.reason : '' }))
      assert.deepEqual(told, Array(5).fill(unknown))
      assert.deepEqual([await ids(), committed], [when === 'after' ? range(5) : [], []])
      await share(database, (tx) => insert(tx, 6))
    })
  }

  it('are each done once when their connection is cut in the middle', async (t) => {
    const { ids, openDetour } = await openTable(t)
    const { road, database } = await openDetour()
    let isCut = false
    await Promise.all(
      range(20).map((id) =>
        share(database, async (tx) => {
          await insert(tx, id)
          if (id === 5 && !isCut) {
            isCut = true
            road.cut()
          }
          await insert(tx, -id)
        }),
      ),
    )
    assert.deepEqual(await ids(), [...range(20).map((at) => at - 21), ...range(20)])
  })

  it('are each done once and whole while two processes lock the same rows in another order', async (t) => {
    const { open, elsewhere, texts, ids } = await openTable(t)
    const [here, there] = [open(patient), elsewhere()]
    await Promise.all([1, 2].map((id) => share(here, (tx) => insert(tx, id, '0'))))
    let runs = 0
    // The first of either hold their first row until both do: one of them must lose.
    const holding = new Set<number>()
    const { promise: bothHold, resolve } = Promise.withResolvers<void>()
    const add = (tx: Sql, id: number) => tx.run('UPDATE item SET text = text + 1 WHERE id = ?', [id])
    const fight = (fighter: Database, first: number, second: number) =>
      range(works).map((each) =>
        share(fighter, async (tx) => {
          runs++
          await insert(tx, 1_000 * first + each)
          await add(tx, first)
          if (holding.add(first).size === 2) resolve()
          await bothHold
          await pause(each % 3)
          await add(tx, second)
          await insert(tx, 1_000 * second + works + each)
        }),
      )
    await Promise.all([...fight(here, 1, 2), ...fight(there, 2, 1)])
    assert.ok(runs > 2 * works, 'no conflict')
    assert.deepEqual((await texts()).slice(0, 2).map(Number), [2 * works, 2 * works])
    assert.equal((await ids()).length, 2 + 4 * works)
  })

  it('resolve only when each statement is in, awaited or not', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open()
    await Promise.all(
      range(10).map((id) =>
        share(database, async (tx) => {
          tx.beforeCommit(async (sql, rows) => void (await Promise.all(rows.map((row) => insert(sql, row)))), -id)
          void insert(tx, id)
        }),
      ),
    )
    assert.equal((await ids()).length, 20)
  })
}
