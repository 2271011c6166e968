import { createInProcessCache } from '../adapters/in-process/in-process-cache.ts'
import { createInProcessRateLimiter } from '../adapters/in-process/in-process-rate-limiter.ts'
import { parseRedisUrl } from '../adapters/redis/redis-address.ts'
import type { RedisConnection, RedisConnectionDeps } from '../adapters/redis/redis-connection.ts'
import type { Metrics } from '../http/metrics.ts'
import type { Cache } from '../kernel/cache.ts'
import type { PartCall } from '../kernel/part-call.ts'
import type { RateLimiter } from '../kernel/rate-limiter.ts'
import { addressed } from './addressed.ts'

export interface OpenedShared {
  readonly limiter: RateLimiter
  readonly cache: Cache
  /** Undefined where each process counts and remembers by itself. */
  readonly redis: Pick<RedisConnection, 'check'> | undefined
  close(): Promise<void>
}

interface SharedDeps extends Omit<RedisConnectionDeps, 'addresses' | 'observe'> {
  readonly metrics: Pick<Metrics, 'callsOf' | 'observeCircuit'>
}

/** What the processes of a house count and remember together: in Redis where there is one and it answers, else each for itself. */
export async function openShared(urls: readonly string[], { metrics, ...deps }: SharedDeps): Promise<OpenedShared> {
  const here = { limiter: createInProcessRateLimiter(), cache: createInProcessCache() }
  if (urls.length === 0) return { ...here, redis: undefined, close: async () => undefined }
  const addresses = addressed('REDIS_URL', () => urls.map(parseRedisUrl))
  const { createRedis } = await import('../adapters/redis/redis.ts')
  const count = metrics.callsOf('redis')
  const observe = (call: PartCall) => {
    count(call)
    metrics.observeCircuit('redis', redis.isAway())
  }
  const redis = createRedis({ ...deps, addresses, observe })
  return {
    limiter: { take: (limit, key) => redis.limiter.take(limit, key).catch(() => here.limiter.take(limit, key)) },
    cache: {
      get: (key) => redis.cache.get(key).catch(() => here.cache.get(key)),
      put: (key, text) => redis.cache.put(key, text).catch(() => here.cache.put(key, text)),
    },
    redis,
    close: async () => redis[Symbol.asyncDispose](),
  }
}
