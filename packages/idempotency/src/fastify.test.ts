import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { migrate, readMigrations, type SqlTransaction } from '@holdfast/database'
import { openSqlite } from '@holdfast/database/sqlite'
import { fastify } from 'fastify'
import { idempotencyPlugin, idempotent } from './fastify.ts'
import { createIdempotency } from './index.ts'
import { createSqlKeyStore, migrationsFolder } from './sql/sql-key-store.ts'

test('smoke', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'idem-'))
  const database = openSqlite(join(folder, 'a.db'))
  await migrate(database, await readMigrations(migrationsFolder, 'sqlite'))
  const idempotency = createIdempotency<SqlTransaction>({
    store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
    transaction: database.transaction,
    ttlMs: 1000,
  })
  const app = fastify()
  await app.register(idempotencyPlugin)
  let n = 0
  app.post<{ Body: { a: number } }>(
    '/x',
    idempotent(idempotency, { scope: () => ({ tenant: 't', principal: 'p' }), problem: () => ({ status: 500 }) }, (request, commit) =>
      commit(async () => ({ status: 201, body: { n: ++n, a: request.body.a } })),
    ),
  )
  const post = (key: string, a: number) => app.inject({ method: 'POST', url: '/x', headers: { 'idempotency-key': key }, payload: { a } })
  const one = await post('k', 1)
  assert.equal(one.statusCode, 201)
  const two = await post('k', 1)
  assert.equal(two.body, one.body)
  assert.equal(two.headers['idempotent-replayed'], 'true')
  assert.equal((await post('k', 2)).json().code, 'idempotency.key_reused')
  await app.close()
  await database.close()
  await rm(folder, { recursive: true })
})
