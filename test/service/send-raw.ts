import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Reply } from './send.ts'

/** Bytes that need not be HTTP, and what comes back until the other end closes. Undefined where nothing does. */
export async function sendRaw(url: string, bytes: string | Uint8Array): Promise<Reply | undefined> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on('error', () => undefined)
  socket.write(bytes)
  const answer = await text(socket).catch(() => '')
  const [head = '', ...body] = answer.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1])
  if (Number.isNaN(status)) return undefined
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  )
  return { status, headers, body: Buffer.from(body.join('\r\n\r\n')) }
}
