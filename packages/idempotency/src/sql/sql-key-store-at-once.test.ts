import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { readMigrations, type SqlTransaction } from '@holdfast/database'
import type { TestEngine } from '@holdfast/database/testing'
import { onEachEngine } from '@holdfast/database/testing/mysql'
import { type Answer, createIdempotency } from '../index.ts'
import { createSqlKeyStore, migrationsFolder } from './sql-key-store.ts'

/** Equal requests that arrive at several processes at the same moment. */
onEachEngine((engine) => {
  describe(`at once on ${engine.name}`, () => suite(engine))
})

const processes = 3

function suite(engine: TestEngine): void {
  const openProcesses = async (t: TestContext) => {
    const notes = { name: 'notes', text: 'CREATE TABLE note (name VARCHAR(100) NOT NULL PRIMARY KEY, text VARCHAR(100) NOT NULL)' }
    const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), notes])
    const databases = Array.from({ length: processes }, (_, at) => (at === 0 ? place.open() : place.openElsewhere()))
    t.after(async () => {
      for (const database of databases) await database.close()
      await place.remove()
    })
    const asking = databases.map((database) => {
      const idempotency = createIdempotency<SqlTransaction>({
        store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
        transaction: (work) => database.transaction(work, { shared: true }),
        ttlMs: 60_000,
      })
      return async (key: string, effect: (tx: SqlTransaction) => Promise<Answer>) => {
        const scope = { tenant: 'tenant', principal: 'principal' }
        const request = { scope, key, headDigest: 'head', bodyDigest: 'body', claim: 'with-effect', problem } as const
        const { answer } = await idempotency.runOnce(request, ({ commit }) => commit(effect))
        return String(Buffer.from(answer.body))
      }
    })
    const texts = async () => {
      const rows = await databases[0]?.read.all<{ text: string }>('SELECT text FROM note ORDER BY name')
      return rows?.map(({ text }) => text)
    }
    return { asking, texts }
  }
  /** What a route answers to a name that is taken: no answer that lasts. */
  const problem = (): Answer => ({ status: 409 })

  test('each key has one effect, and each request its answer, though the effect itself refuses a second one', async (t) => {
    const { asking, texts } = await openProcesses(t)
    const keys = Array.from({ length: 20 }, (_, at) => `key ${String(at).padStart(2, '0')}`)
    const answers = await Promise.all(
      keys.map((key) =>
        Promise.all(
          [...asking, ...asking, ...asking].map((ask, each) =>
            ask(key, async (tx) => {
              await tx.run('INSERT INTO note (name, text) VALUES (?, ?)', [key, `"${each}"`])
              return { status: 201, body: String(each) }
            }),
          ),
        ),
      ),
    )
    const kept = await texts()
    assert.deepEqual(
      answers.map((of) => [...new Set(of)]),
      kept?.map((text) => [text]),
    )
    assert.equal(kept?.length, keys.length)
  })

  test('a request that fails by an effect that is not its own hears so, and its key is free', async (t) => {
    const { asking, texts } = await openProcesses(t)
    const note = (text: string) => async (tx: SqlTransaction) => {
      await tx.run("INSERT INTO note (name, text) VALUES ('taken', ?)", [text])
      return { status: 201, body: text }
    }
    const outcomes = await Promise.allSettled(asking.map((ask, at) => ask(`key ${at}`, note(String(at)))))
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled')
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'kept')),
      asking.map((_, at) => (at === won ? 'kept' : 'UniqueViolation')),
    )
    assert.deepEqual(await texts(), [String(won)])
    const ask = asking[won] ?? assert.fail()
    assert.equal(await ask(`key ${(won + 1) % processes}`, async () => ({ status: 200, body: 'free' })), '"free"')
  })
}
