import type { Cache } from '../../kernel/cache.ts'
import type { RateLimiter } from '../../kernel/rate-limiter.ts'
import { createRedisCache } from './redis-cache.ts'
import { createRedisConnection, type RedisConnection, type RedisConnectionDeps } from './redis-connection.ts'
import { createRedisRateLimiter } from './redis-rate-limiter.ts'

export interface Redis extends Omit<RedisConnection, 'call'> {
  readonly limiter: RateLimiter
  readonly cache: Cache
}

/** What a Redis does for us, over one connection. */
export function createRedis(deps: RedisConnectionDeps): Redis {
  const { call, ...connection } = createRedisConnection(deps)
  return { ...connection, limiter: createRedisRateLimiter({ call }), cache: createRedisCache({ call }) }
}
