/** `post-idempotent.ts FILE|URL`: the same POST, where the note and its stored answer are one durable transaction (SQLite, synchronous=FULL, or MySQL). */
import { randomUUID } from 'node:crypto'
import { migrate, readMigrations, type SqlTransaction } from '@holdfast/database'
import { openMysql } from '@holdfast/database/mysql'
import { openSqlite } from '@holdfast/database/sqlite'
import { createIdempotency } from '@holdfast/idempotency'
import { idempotencyPlugin, idempotent } from '@holdfast/idempotency/fastify'
import { createSqlKeyStore, migrationsFolder } from '@holdfast/idempotency/sql'
import fastify, { type FastifyRequest } from 'fastify'
import { announce } from './announce.ts'
import { insertNote, type Note, noteSchema, noteTable } from './note.ts'

const [place = ''] = process.argv.slice(2)

const database = place.startsWith('mysql:') ? openMysql([place]) : openSqlite(place)
await migrate(database, [...(await readMigrations(migrationsFolder, database.dialect)), { name: 'note', text: noteTable }])
const idempotency = createIdempotency<SqlTransaction>({
  store: createSqlKeyStore({ read: database.read, sql: (tx: SqlTransaction) => tx }),
  transaction: (work) => database.transaction(work, { shared: true }),
  ttlMs: 86_400_000,
})

const app = fastify()
await app.register(idempotencyPlugin)
const options = { scope: () => ({ tenant: 'bench', principal: 'bench' }), problem: () => ({ status: 500 }) }
app.post(
  '/notes',
  { schema: noteSchema },
  idempotent<SqlTransaction, FastifyRequest<{ Body: Note }>>(idempotency, options, ({ body: { title } }, commit) =>
    commit(async (tx) => {
      const note = { id: randomUUID(), title, createdAt: Date.now() }
      await tx.run(insertNote, [note.id, note.title, note.createdAt])
      return { status: 201, body: note }
    }),
  ),
)
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)
