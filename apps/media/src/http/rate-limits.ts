import { isIPv6 } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../kernel/failure.ts'
import type { RateLimit, RateLimiter } from '../kernel/rate-limiter.ts'

/** How often somebody may ask. Undefined where there is no limit. */
export interface RequestLimits {
  readonly limiter: RateLimiter
  /** For whoever is known. */
  readonly byPrincipal: RateLimit | undefined
  /** For whoever is not: log-ins, and credentials that are refused. */
  readonly byAddress: RateLimit | undefined
}

type Answered = Pick<FastifyReply, 'header'>

/** Throws `request.rate_limited`. Both fields of draft-ietf-httpapi-ratelimit-headers-11 are in the answer in any case. */
export async function countPrincipal({ limiter, byPrincipal }: RequestLimits, userId: string, reply: Answered): Promise<void> {
  if (byPrincipal !== undefined) await count(limiter, byPrincipal, userId, reply)
}

/** The same. */
export async function countAddress(
  { limiter, byAddress }: RequestLimits,
  { ip }: Pick<FastifyRequest, 'ip'>,
  reply: Answered,
): Promise<void> {
  if (byAddress !== undefined) await count(limiter, byAddress, networkOf(ip), reply)
}

async function count(limiter: RateLimiter, limit: RateLimit, key: string, reply: Answered): Promise<void> {
  const { isAllowed, remaining, moreInMs } = await limiter.take(limit, key)
  const moreInSeconds = Math.ceil(moreInMs / 1000)
  reply.header('ratelimit-policy', `"${limit.name}";q=${limit.quota};w=${limit.windowSeconds}`)
  reply.header('ratelimit', `"${limit.name}";r=${remaining};t=${moreInSeconds}`)
  if (isAllowed) return
  throw new Failure('rate_limited', 'request.rate_limited', 'more requests came than this limit lets through', {
    retryAfterSeconds: moreInSeconds,
    extra: { 'violated-policies': [limit.name] },
  })
}

/** Of an IPv6 address its first 64 bits, for whoever has one has all that begin with those. */
export function networkOf(ip: string): string {
  if (!isIPv6(ip)) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  const [head = '', tail = ''] = new URL(`http://[${ip.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::')
  const [first, last] = [head, tail].map((groups) => groups.split(':').filter((group) => group !== '')) as [string[], string[]]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last].slice(0, 4).join(':')
}
