/**
 * `post-claim-then-update-mysql.ts URL`: idempotency as it is often written by hand over a pool of mysql2. The key is claimed and committed, then
 * the note and the answer are, for each request alone. As durable as ours; equal requests are not told apart from others under their key.
 */
import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import { createPool, type RowDataPacket } from 'mysql2/promise'
import { announce } from './announce.ts'
import { insertNote, type Note, noteSchema, noteTable } from './note.ts'

const [uri = ''] = process.argv.slice(2)

const pool = createPool({ uri, connectionLimit: 10 })
await pool.query(noteTable)
await pool.query('CREATE TABLE answer (id VARCHAR(255) NOT NULL PRIMARY KEY, status INTEGER, body TEXT)')

const app = fastify()
app.post<{ Body: Note }>('/notes', { schema: noteSchema }, async (request, reply) => {
  const key = String(request.headers['idempotency-key'])
  const [[known]] = await pool.query<RowDataPacket[]>('SELECT status, body FROM answer WHERE id = ?', [key])
  if (known !== undefined)
    return reply
      .code(Number(known['status'] ?? 409))
      .type('application/json')
      .send(known['body'])
  await pool.query('INSERT INTO answer (id) VALUES (?)', [key])
  const note = { id: randomUUID(), title: request.body.title, createdAt: Date.now() }
  await keep(key, note)
  return reply.code(201).send(note)
})
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)

async function keep(key: string, note: { readonly id: string; readonly title: string; readonly createdAt: number }): Promise<void> {
  const connection = await pool.getConnection()
  await connection.beginTransaction()
  await connection.query(insertNote, [note.id, note.title, note.createdAt])
  await connection.query('UPDATE answer SET status = ?, body = ? WHERE id = ?', [201, JSON.stringify(note), key])
  await connection.commit()
  connection.release()
}
