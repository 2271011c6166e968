import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { releaseBytes } from '../kernel/release-bytes.ts'

/**
 * Answers with the head that the reply has and these bytes, whose memory goes back as the connection takes them. What fails by then can
 * only be told by cutting the connection: the head is out, and the length it promises will not be met.
 */
export async function sendBytes(reply: FastifyReply, bytes: AsyncIterable<Uint8Array>): Promise<FastifyReply> {
  const { raw } = reply.hijack()
  raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>)
  const write = writerOf(raw)
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      await write(chunk)
      releaseBytes(chunk)
    }
    raw.end()
  } catch (error) {
    reply.log.warn({ err: error }, 'an answer was cut off')
    raw.destroy()
  }
  return reply
}

/** Resolves when the connection has taken the chunk; rejects when it closes first, which `write` alone does not tell. */
function writerOf(raw: ServerResponse): (chunk: Uint8Array) => Promise<void> {
  let fail: (error: Error) => void = () => undefined
  const gone = () => fail(new Error('the connection closed before the answer was complete'))
  raw.once('close', gone)
  return (chunk) =>
    new Promise((resolve, reject) => {
      fail = reject
      if (raw.destroyed) gone()
      else raw.write(chunk, (error) => (error ? reject(error) : resolve()))
    })
}
