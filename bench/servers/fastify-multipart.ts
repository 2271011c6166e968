/** `fastify-multipart.ts FOLDER`: @fastify/multipart as its README uses it. Each file is hashed, piped to disk and synced; nothing else is kept. */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import multipart from '@fastify/multipart'
import fastify from 'fastify'
import { announce } from './announce.ts'

const [folder = ''] = process.argv.slice(2)

const app = fastify()
await app.register(multipart, { limits: { fileSize: 2 ** 31 } })
app.post('/', async (request, reply) => {
  const items: { sha256: string }[] = []
  for await (const { file } of request.files()) {
    const hash = createHash('sha256')
    file.on('data', (chunk: Buffer) => hash.update(chunk))
    await pipeline(file, createWriteStream(join(folder, randomUUID()), { flush: true }))
    items.push({ sha256: hash.digest('hex') })
  }
  return reply.code(201).send({ items })
})
await app.listen({ port: 0, host: '127.0.0.1' })
announce(app.server)
