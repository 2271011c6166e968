import { firstWords } from '../../tools/servers/first-words.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import type { OptionalPart } from './optional-part.ts'

export async function startFaultyRedis(): Promise<OptionalPart> {
  const server = await startRedis()
  const say = (words: string) => firstWords(Number(new URL(server.url).port), `${words}\r\n`)
  return {
    name: 'redis',
    calls: ['get', 'put', 'take'],
    settings: { REDIS_URL: server.url },
    faults: {
      killed: { begin: server.kill, end: server.start },
      stalled: { begin: server.stall, end: server.resume },
      'refusing every write': { begin: () => say('CONFIG SET maxmemory 1'), end: () => say('CONFIG SET maxmemory 0') },
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
