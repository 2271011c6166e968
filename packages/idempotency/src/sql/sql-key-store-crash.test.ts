import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrate, readMigrations, type SqlTransaction } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { type Checkpoint, createIdempotency, type KeyedRequest } from '../index.ts'
import { createSqlKeyStore, migrationsFolder } from './sql-key-store.ts'

const steps: readonly Checkpoint[] = ['looked-up', 'claimed', 'effect-written', 'answer-written', 'committed']

async function killAt(path: string, claim: KeyedRequest['claim'], step: Checkpoint): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'keyed-process.fixture.ts'), path, claim, step], { stdio: 'inherit' })
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
}

for (const claim of ['with-effect', 'before'] as const) {
  for (const step of steps) {
    test(`a process killed at "${step}" (claimed ${claim}) leaves one effect after a repeat`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-crash-'))
      const path = join(folder, 'test.db')
      const database = openSqlite(path)
      await migrate(database, await readMigrations(migrationsFolder, 'sqlite'))
      await database.transaction((tx) => tx.run('CREATE TABLE note (text TEXT NOT NULL)'))

      await killAt(path, claim, step)
      const idempotency = createIdempotency<SqlTransaction>({
        store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
        transaction: database.transaction,
        ttlMs: 60_000,
        clock: () => Date.now() + 10_000,
      })
      const repeat = (bodyDigest = 'body') =>
        idempotency.runOnce(
          {
            scope: { tenant: 'tenant', principal: 'principal' },
            key: 'key',
            headDigest: 'head',
            bodyDigest,
            claim,
            problem: () => ({ status: 500 }),
          },
          ({ commit }) =>
            commit(async (tx) => {
              await tx.run("INSERT INTO note (text) VALUES ('repeated')")
              return { status: 201, body: 'repeated' }
            }),
        )
      const who = step === 'committed' ? 'killed' : 'repeated'
      assert.equal((await repeat()).answer.body, JSON.stringify(who))
      assert.equal((await repeat()).answer.body, JSON.stringify(who))
      await assert.rejects(repeat('other'), { code: 'idempotency.key_reused' })
      assert.deepEqual(
        (await database.read.all<{ text: string }>('SELECT text FROM note')).map(({ text }) => text),
        [who],
      )
      await database.close()
      await rm(folder, { recursive: true })
    })
  }
}
