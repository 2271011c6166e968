/** `bare-upload-row.ts FOLDER`: the least that keeps an upload and remembers it. Each body is piped to a file, hashed and synced, as is its folder, then has a row of its own. */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pipeline } from 'node:stream/promises'
import { announce } from './announce.ts'

const [folder = ''] = process.argv.slice(2)

const database = new DatabaseSync(join(folder, 'uploads.db'))
database.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE upload (id TEXT PRIMARY KEY, size INTEGER, sha256 TEXT) STRICT',
)
const insert = database.prepare('INSERT INTO upload (id, size, sha256) VALUES (?, ?, ?)')

const server = createServer((request, response) => void receive(request, response))
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => announce(server))

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [id, hash] = [randomUUID(), createHash('sha256')]
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  await pipeline(request, createWriteStream(join(folder, id), { flush: true }))
  await syncFolder()
  const sha256 = hash.digest('hex')
  insert.run(id, Number(request.headers['content-length']), sha256)
  const body = JSON.stringify({ id, sha256 })
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}

/** Without it a power cut may take the name away. */
async function syncFolder(): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}
