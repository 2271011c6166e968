import type { FastifyRequest } from 'fastify'
import type { ByteRange } from './byte-range.ts'

/** What a proxy would judge by itself, without knowing what we know of the content. */
const ourConditions = ['if-match', 'if-unmodified-since', 'if-range'] as const

/**
 * Whether the proxy in front may send the bytes in our stead: what it makes of the request is what we would. That is the whole, or one range,
 * without a condition that is still to be met.
 */
export function maySendByProxy({ method, headers }: FastifyRequest, range: ByteRange | undefined): boolean {
  const isPlain = ourConditions.every((name) => headers[name] === undefined)
  return method === 'GET' && isPlain && (headers.range === undefined || range !== undefined)
}
