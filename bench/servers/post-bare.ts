/** A JSON POST that keeps nothing: the ceiling of what Fastify answers. */
import { randomUUID } from 'node:crypto'
import fastify from 'fastify'
import { announce } from './announce.ts'
import { type Note, noteSchema } from './note.ts'

const app = fastify()
app.post<{ Body: Note }>('/notes', { schema: noteSchema }, async (request, reply) =>
  reply.code(201).send({ id: randomUUID(), title: request.body.title, createdAt: Date.now() }),
)
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)
