/** `bare-download.ts FILE CHUNK_BYTES`: the file piped to every request, with nothing looked up or checked. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { announce } from './announce.ts'

const [path = '', chunkBytes] = process.argv.slice(2)
const { size } = statSync(path)

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size })
  createReadStream(path, { highWaterMark: Number(chunkBytes) }).pipe(response)
})
server.listen(0, '127.0.0.1', () => announce(server))
