import { type Allowance, allowanceOf, intervalUsOf, type RateLimit, type RateLimiter } from '../../kernel/rate-limiter.ts'

const fewKeys = 10_000

/**
 * The generic cell rate algorithm (ITU-T I.371): all that is known of a key is the instant until which an even pace would have taken for what it
 * took. It may lie ahead of now by a window.
 */
export function createInProcessRateLimiter(nowMs: () => number = () => performance.now()): RateLimiter {
  const evenUntilUs = new Map<string, number>()
  let pruneAt = fewKeys

  const prune = (nowUs: number) => {
    for (const [key, untilUs] of evenUntilUs) if (untilUs <= nowUs) evenUntilUs.delete(key)
    pruneAt = Math.max(fewKeys, 2 * evenUntilUs.size)
  }

  const take = (limit: RateLimit, key: string): Allowance => {
    const nowUs = Math.floor(nowMs() * 1000)
    const name = `${limit.name} ${key}`
    const endUs = nowUs + limit.windowSeconds * 1_000_000
    const beforeUs = Math.max(evenUntilUs.get(name) ?? 0, nowUs)
    const afterUs = beforeUs + intervalUsOf(limit)
    if (afterUs > endUs) return allowanceOf(limit, false, endUs - beforeUs)
    evenUntilUs.set(name, afterUs)
    if (evenUntilUs.size > pruneAt) prune(nowUs)
    return allowanceOf(limit, true, endUs - afterUs)
  }

  return { take: async (limit, key) => take(limit, key) }
}
