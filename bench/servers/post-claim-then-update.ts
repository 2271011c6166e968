/**
 * `post-claim-then-update.ts FILE`: idempotency as it is often written by hand. The key is claimed and committed, then the note and the
 * answer are, for each request alone. As durable as ours (synchronous=FULL); equal requests are not told apart from others under their key.
 */
import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import fastify from 'fastify'
import { announce } from './announce.ts'
import { insertNote, type Note, noteSchema, noteTable } from './note.ts'

const [file = ''] = process.argv.slice(2)

const database = new DatabaseSync(file)
database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${noteTable};
  CREATE TABLE answer (key VARCHAR(255) NOT NULL PRIMARY KEY, status INTEGER, body TEXT)`)
const find = database.prepare('SELECT status, body FROM answer WHERE key = ?')
const claim = database.prepare('INSERT INTO answer (key) VALUES (?)')
const insert = database.prepare(insertNote)
const complete = database.prepare('UPDATE answer SET status = ?, body = ? WHERE key = ?')

const app = fastify()
app.post<{ Body: Note }>('/notes', { schema: noteSchema }, async (request, reply) => {
  const key = String(request.headers['idempotency-key'])
  const known = find.get(key)
  if (known !== undefined)
    return reply
      .code(Number(known['status'] ?? 409))
      .type('application/json')
      .send(known['body'])
  claim.run(key)
  const note = { id: randomUUID(), title: request.body.title, createdAt: Date.now() }
  database.exec('BEGIN IMMEDIATE')
  insert.run(note.id, note.title, note.createdAt)
  complete.run(201, JSON.stringify(note), key)
  database.exec('COMMIT')
  return reply.code(201).send(note)
})
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)
