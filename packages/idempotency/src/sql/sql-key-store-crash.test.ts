import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readMigrations, type SqlTransaction } from '@holdfast/database'
import type { TestEngine } from '@holdfast/database/testing'
import { onEachEngine } from '@holdfast/database/testing/mysql'
import { type Checkpoint, createIdempotency, type KeyedRequest } from '../index.ts'
import { createSqlKeyStore, migrationsFolder } from './sql-key-store.ts'

const steps: readonly Checkpoint[] = ['looked-up', 'effect-written', 'answer-written', 'committed']

onEachEngine((engine) => {
  describe(`killed on ${engine.name}`, () => {
    for (const step of steps) crashAt(engine, 'with-effect', step)
    for (const step of ['claimed', ...steps] as const) crashAt(engine, 'before', step)
  })
})

function crashAt(engine: TestEngine, claim: KeyedRequest['claim'], step: Checkpoint): void {
  test(`a process killed at "${step}" (claimed ${claim}) leaves one effect after a repeat`, async () => {
    const notes = { name: 'notes', text: 'CREATE TABLE note (text VARCHAR(100) NOT NULL)' }
    const place = await engine.make([...(await readMigrations(migrationsFolder, engine.dialect)), notes])
    await kill(place.url, claim, step)

    const database = place.open()
    const idempotency = createIdempotency<SqlTransaction>({
      store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
      transaction: (work) => database.transaction(work, { shared: true }),
      ttlMs: 60_000,
      clock: () => Date.now() + 10_000,
    })
    const request = { scope: { tenant: 'tenant', principal: 'principal' }, key: 'key', headDigest: 'head', claim }
    const repeat = (bodyDigest = 'body') =>
      idempotency.runOnce({ ...request, bodyDigest, problem: () => ({ status: 500 }) }, ({ commit }) =>
        commit(async (tx) => {
          await tx.run("INSERT INTO note (text) VALUES ('repeated')")
          return { status: 201, body: 'repeated' }
        }),
      )
    const who = step === 'committed' ? 'killed' : 'repeated'
    assert.equal(String((await repeat()).answer.body), JSON.stringify(who))
    assert.equal(String((await repeat()).answer.body), JSON.stringify(who))
    await assert.rejects(repeat('other'), { code: 'idempotency.key_reused' })
    assert.deepEqual(
      (await database.read.all<{ text: string }>('SELECT text FROM note')).map(({ text }) => text),
      [who],
    )
    await database.close()
    await place.remove()
  })
}

async function kill(url: string, claim: KeyedRequest['claim'], step: Checkpoint): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'keyed-process.fixture.ts'), url, claim, step], { stdio: 'inherit' })
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
}
