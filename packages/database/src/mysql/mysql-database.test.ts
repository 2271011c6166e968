import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Database, DatabaseUnavailable, type Sql, type SqlTransaction, UniqueViolation } from '../index.ts'
import { patient, type TestEngine } from '../testing/test-engine.ts'
import { onEachEngine } from '../testing/test-engines.ts'
import { parseMysqlUrl } from './mysql-address.ts'
import { MysqlConnection } from './mysql-connection.ts'
import { type MysqlOptions, openMysql } from './mysql-database.ts'
import { openRoad } from './test-road.ts'

onEachEngine((engine) => {
  if (engine.dialect === 'mysql') describe('MySQL', () => suite(engine))
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const items = { name: 'items', text: 'CREATE TABLE item (id INTEGER PRIMARY KEY, text VARCHAR(100))' }
const insert = (tx: Sql, id: number, text = '') => tx.run('INSERT INTO item (id, text) VALUES (?, ?)', [id, text])

function suite(engine: TestEngine): void {
  const openTable = async (t: TestContext) => {
    const place = await engine.make([items])
    const open = (options: MysqlOptions = {}, urls = place.url.split(',')): Database => {
      const opened = openMysql(urls, { ...patient, ...options })
      t.after(() => opened.close())
      return opened
    }
    const database = open()
    t.after(() => place.remove())
    const ids = async () => (await database.read.all<{ id: number }>('SELECT id FROM item ORDER BY id')).map(({ id }) => id)
    /** The server by a way of its own. */
    const openDetour = async () => {
      const [node = place.url] = place.url.split(',')
      const url = new URL(node)
      const road = await openRoad(url.hostname, Number(url.port))
      t.after(() => road[Symbol.asyncDispose]())
      return { road, url: Object.assign(url, { host: `127.0.0.1:${road.port}` }).href }
    }
    return { place, database, open, ids, openDetour }
  }

  it('keeps what a work did when it resolves, and nothing of one that throws', async (t) => {
    const { database, ids } = await openTable(t)
    const durable: number[] = []
    const works = [1, 2, 3].map((id) =>
      database.transaction(async (tx) => {
        await insert(tx, id)
        tx.afterCommit(() => durable.push(id))
        if (id === 2) throw new Error('undone')
        return id
      }),
    )
    assert.deepEqual(
      (await Promise.allSettled(works)).map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(
      [await ids(), durable.toSorted((a, b) => a - b)],
      [
        [1, 3],
        [1, 3],
      ],
    )
  })

  it('tells a unique violation, and the transaction goes on', async (t) => {
    const { database, ids } = await openTable(t)
    await database.transaction(async (tx) => {
      await insert(tx, 1)
      await assert.rejects(insert(tx, 1), UniqueViolation)
      await insert(tx, 2)
    })
    assert.deepEqual(await ids(), [1, 2])
  })

  it('gives numbers, text and bytes as they went in, and counts the rows that were found', async (t) => {
    const { database } = await openTable(t)
    const large = Number.MAX_SAFE_INTEGER
    const row = await database.read.get('SELECT ? AS text, ? AS number, ? AS bytes, ? AS nothing, SUM(7) AS total', [
      'Grüße 😀',
      large,
      new Uint8Array([0, 255]),
      null,
    ])
    assert.deepEqual({ ...(row as object) }, { text: 'Grüße 😀', number: large, bytes: Buffer.from([0, 255]), nothing: null, total: 7 })
    await database.transaction((tx) => insert(tx, 1, 'same'))
    const update = () => database.transaction((tx) => tx.run("UPDATE item SET text = 'same' WHERE id = 1"))
    assert.deepEqual(await update(), { changes: 1 })
    assert.equal((await database.read.all('SELECT id FROM item ORDER BY id LIMIT ?', [5])).length, 1)
  })

  it('refuses a transaction in a transaction, a statement after the end, and writing where one reads', async (t) => {
    const { database } = await openTable(t)
    await assert.rejects(
      database.transaction(() => database.transaction((tx) => insert(tx, 1))),
      /inside a transaction/,
    )
    let kept: SqlTransaction | undefined
    await database.transaction(async (tx) => {
      kept = tx
    })
    await assert.rejects(insert(kept ?? assert.fail(), 1), /this transaction has ended/)
    await assert.rejects(insert(database.read, 1), { name: 'DatabaseUnavailable' })
  })

  it('repeats the work that loses a deadlock, and both are done', async (t) => {
    const { database } = await openTable(t)
    await database.transaction(async (tx) => {
      await insert(tx, 1, '0')
      await insert(tx, 2, '0')
    })
    let runs = 0
    const { promise: bothHold, resolve } = Promise.withResolvers<void>()
    const addTo = async (tx: Sql, id: number) => void (await tx.run('UPDATE item SET text = text + 1 WHERE id = ?', [id]))
    const inOrder = (first: number, second: number) =>
      database.transaction(async (tx) => {
        await addTo(tx, first)
        if (++runs === 2) resolve()
        await bothHold
        await addTo(tx, second)
      })
    await Promise.all([inOrder(1, 2), inOrder(2, 1)])
    assert.ok(runs > 2, 'no deadlock')
    const rows = await database.read.all<{ text: string }>('SELECT text FROM item')
    assert.deepEqual(
      rows.map(({ text }) => Number(text)),
      [2, 2],
    )
  })

  it('keeps each transaction whole while two processes fight for the same rows', async (t) => {
    const { place, database } = await openTable(t)
    const elsewhere = place.openElsewhere()
    t.after(() => elsewhere.close())
    await database.transaction((tx) => insert(tx, 1, '0'))
    const fight = async (fighter: Database, first: number) => {
      for (let id = first; id < first + 200; id += 2) {
        await fighter.transaction(async (tx) => {
          await insert(tx, id)
          await tx.run('UPDATE item SET text = text + 1 WHERE id = 1')
          // Texts that the server has not seen yet, with pauses in which the other one ends this transaction.
          await tx.all(`SELECT ${id}, ?`, [id])
          await pause(Math.random() * 3)
          await insert(tx, -id)
        })
      }
    }
    await Promise.all([fight(database, 10), fight(elsewhere, 11), fight(database, 1_010), fight(elsewhere, 1_011)])
    const counts = await database.read.get(
      'SELECT (SELECT text FROM item WHERE id = 1) AS counted, COUNT(*) AS begun, SUM(id) AS total FROM item WHERE ABS(id) > 1',
    )
    assert.deepEqual({ ...(counts as object) }, { counted: '400', begun: 800, total: 0 })
  })

  it('repeats a work whose connection was cut before COMMIT was sent, whatever the work made of it', async (t) => {
    const { open, ids, openDetour } = await openTable(t)
    const { road, url } = await openDetour()
    const database = open({}, [url])
    let runs = 0
    await database.transaction(async (tx) => {
      await insert(tx, 1)
      if (++runs > 1) return
      road.cut()
      await insert(tx, 2).catch(() => {
        throw new Error('something else')
      })
    })
    assert.deepEqual([runs, await ids()], [2, [1]])
  })

  for (const when of ['before', 'after'] as const) {
    it(`says that it does not know when the connection was cut ${when} the server heard COMMIT`, async (t) => {
      const { open, ids, openDetour } = await openTable(t)
      const { road, url } = await openDetour()
      const database = open({}, [url])
      const committing = database.transaction(async (tx) => {
        await insert(tx, 1)
        road.cutAt('COMMIT', when)
      })
      await assert.rejects(committing, { name: 'DatabaseUnavailable', reason: 'COMMIT_UNKNOWN' })
      assert.deepEqual(await ids(), when === 'after' ? [1] : [])
      await database.transaction((tx) => insert(tx, 2))
    })
  }

  it('goes to the next node when the one it used is gone, or takes connections and says nothing', async (t) => {
    const { open, ids, openDetour } = await openTable(t)
    const [one, other] = [await openDetour(), await openDetour()]
    const limits = { connectTimeoutMs: 500, stallAfterMs: 200 }
    const database = open(limits, ['mysql://nobody:x@127.0.0.1:1/none', one.url, other.url])
    await database.transaction((tx) => insert(tx, 1))
    one.road.stall()
    await database.transaction((tx) => insert(tx, 2))
    assert.ok(await database.read.get('SELECT 1'))
    one.road.open()
    await other.road[Symbol.asyncDispose]()
    await database.transaction((tx) => insert(tx, 3))
    assert.deepEqual(await ids(), [1, 2, 3])
  })

  it('lets who finds no free connection wait, and not for ever', async (t) => {
    const { open, ids } = await openTable(t)
    const narrow = open({ maxConnections: 1, queueTimeoutMs: 100 })
    const isConnected = () =>
      narrow.transaction(async () => true).catch((error: unknown) => !(error instanceof DatabaseUnavailable) && assert.fail(String(error)))
    // To open a connection may take longer than one is waited for: it is there for the next.
    while (!(await isConnected()));
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const holding = narrow.transaction(async (tx) => {
      await insert(tx, 1)
      await released
    })
    await assert.rejects(
      narrow.transaction((tx) => insert(tx, 2)),
      { name: 'DatabaseUnavailable', reason: 'POOL_TIMEOUT' },
    )
    release()
    await holding
    await narrow.transaction((tx) => insert(tx, 3))
    assert.deepEqual(await ids(), [1, 3])
  })

  it('keeps a connection that has answered when its node is found to be dead', async (t) => {
    const { place } = await openTable(t)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    let isNodeAlive = promise
    const [url = ''] = place.url.split(',')
    const connection = await MysqlConnection.open(parseMysqlUrl(url), 'read', { ...patient, stallAfterMs: 50 }, () => isNodeAlive)
    t.after(() => connection.end())
    await connection.execute('SELECT SLEEP(0.2)')
    isNodeAlive = Promise.resolve(true)
    resolve(false)
    await connection.execute('SELECT 1')
    assert.equal(connection.isBroken, false)
  })

  it('keeps nothing of an answer once it was read', async (t) => {
    const { place } = await openTable(t)
    const [url = ''] = place.url.split(',')
    const connection = await MysqlConnection.open(parseMysqlUrl(url), 'read', patient, () => Promise.resolve(true))
    t.after(() => connection.end())
    const answers: WeakRef<object>[] = []
    for (let count = 0; count < 10; count++) answers.push(new WeakRef(await connection.execute('SELECT 1')))
    await nextTurn()
    collectGarbage()
    // The driver may hold the last one until the next.
    assert.ok(answers.filter((answer) => answer.deref() !== undefined).length <= 1)
  })

  it('rolls back a work that hangs', async (t) => {
    const { database, open, ids } = await openTable(t)
    const impatient = open({ maxWorkMs: 50 })
    const hung = impatient.transaction(async (tx) => {
      await insert(tx, 1)
      await new Promise(() => {})
    })
    await assert.rejects(hung, DatabaseUnavailable)
    assert.deepEqual(await ids(), [])
    // Its lock is gone too.
    await database.transaction((tx) => insert(tx, 1))
    assert.deepEqual(await ids(), [1])
  })

  it('closes after what was begun, and takes nothing more', async (t) => {
    const { open, ids } = await openTable(t)
    const database = open()
    const begun = database.transaction((tx) => insert(tx, 1))
    await Promise.all([begun, database.close()])
    await assert.rejects(
      database.transaction((tx) => insert(tx, 2)),
      /closed/,
    )
    assert.deepEqual(await ids(), [1])
  })

  it("tells the server's time without asking each time, and never an earlier one", async (t) => {
    const { database } = await openTable(t)
    const ask = async () => Number((await database.read.get<{ now: number }>('SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now'))?.now)
    const [began, earliest] = [performance.now(), await ask()]
    let before = await database.now()
    const latest = await ask()
    // Who asks knows the time no better than by as much as the question took.
    const tookMs = performance.now() - began
    assert.ok(before >= earliest - tookMs - 1 && before <= latest + tookMs + 1, `${earliest} to ${latest} in ${tookMs} ms: ${before}`)
    for (let count = 0; count < 1_000; count++) {
      const now = await database.now()
      assert.ok(now >= before)
      before = now
    }
  })
}
