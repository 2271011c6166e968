/** `bare-upload.ts FOLDER`: the least that an upload costs in Node. Each body is piped to a file, hashed and synced; no row, no type, no name. */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { announce } from './announce.ts'

const [folder = ''] = process.argv.slice(2)

const server = createServer((request, response) => void receive(request, response))
server.requestTimeout = 0
server.listen(0, '127.0.0.1', () => announce(server))

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hash = createHash('sha256')
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  await pipeline(request, createWriteStream(join(folder, randomUUID()), { flush: true }))
  const body = JSON.stringify({ sha256: hash.digest('hex') })
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
}
