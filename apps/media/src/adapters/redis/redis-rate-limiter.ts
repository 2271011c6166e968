import { allowanceOf, intervalUsOf, type RateLimiter } from '../../kernel/rate-limiter.ts'
import type { RedisConnection } from './redis-connection.ts'

/** As in process, by the clock of Redis: one for all processes. Where it was set back, nobody waits longer than a window. */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, ends = tonumber(ARGV[1]), now + tonumber(ARGV[2])
local before = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now), ends)
local after = before + interval
if after > ends then return { 0, ends - before } end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
return { 1, ends - after }`

/** Counts for all processes together. */
export function createRedisRateLimiter(redis: Pick<RedisConnection, 'call'>): RateLimiter {
  return {
    take: async (limit, key) => {
      const keys = [`holdfast:rate:${limit.name}:${key}`]
      const values = [intervalUsOf(limit), limit.windowSeconds * 1_000_000].map(String)
      const reply = await redis.call('take', (client) => client.eval(script, { keys, arguments: values }))
      const [isAllowed, roomUs] = reply as [number, number]
      return allowanceOf(limit, isAllowed === 1, roomUs)
    },
  }
}
