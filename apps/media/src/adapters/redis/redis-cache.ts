import { type Cache, maxTextLength } from '../../kernel/cache.ts'
import type { RedisConnection } from './redis-connection.ts'

/** Long enough for a busy folder; what nobody asks for makes room. */
const keptSeconds = 600

/** Shared by all processes. */
export function createRedisCache(redis: Pick<RedisConnection, 'call'>): Cache {
  return {
    get: async (key) => (await redis.call('get', (client) => client.get(nameOf(key)))) ?? undefined,
    put: async (key, text) => {
      if (text.length > maxTextLength) return
      await redis.call('put', (client) => client.set(nameOf(key), text, { expiration: { type: 'EX', value: keptSeconds } }))
    },
  }
}

const nameOf = (key: string) => `holdfast:cache:${key}`
