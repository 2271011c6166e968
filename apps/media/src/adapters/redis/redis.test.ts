import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { startRedis } from '../../../../../tools/servers/redis.ts'
import type { PartCall } from '../../kernel/part-call.ts'
import { testCache } from '../../kernel/testing/cache-contract.ts'
import { testRateLimiter } from '../../kernel/testing/rate-limiter-contract.ts'
import { createRedis } from './redis.ts'
import { parseRedisUrl } from './redis-address.ts'

const url = process.env['HOLDFAST_TEST_REDIS_URL'] ?? ''
const skip = url === '' && 'no HOLDFAST_TEST_REDIS_URL'
const silent = { info: () => undefined, warn: () => undefined }

interface Closing {
  after(close: () => PromiseLike<void>): void
}

/** For all but who tries what is late: that a busy machine lets Redis answer late is none of theirs. */
const patient = { answerMs: 30_000, connectMs: 30_000 }

function openRedis(t: Closing, url: string | readonly string[], patience: Partial<typeof patient> = patient) {
  const calls: PartCall[] = []
  const addresses = [url].flat().map(parseRedisUrl)
  const redis = createRedis({ addresses, observe: (call) => calls.push(call), log: silent, now: () => performance.now(), ...patience })
  t.after(async () => redis[Symbol.asyncDispose]())
  const isThere = async () => (await redis.cache.get('key').catch(() => 'away')) === undefined
  /** As requests do it, one after the other. */
  const untilThere = async () => {
    while (!(await isThere())) await pause(20)
  }
  return { ...redis, calls, untilThere }
}

/** An operator at the server. */
async function tell(server: string, ...command: string[]): Promise<void> {
  const client = createClient({ url: server })
  await client.connect()
  await client.sendCommand(command).finally(() => client.destroy())
}

/** Two processes. */
async function openTwo<Part>(choose: (redis: ReturnType<typeof openRedis>) => Part): Promise<readonly [Part, Part]> {
  const both = [openRedis(file, url), openRedis(file, url)] as const
  await Promise.all(both.map((redis) => redis.check()))
  return [choose(both[0]), choose(both[1])]
}

const atTheEnd = new AsyncDisposableStack()
const file: Closing = { after: (close) => atTheEnd.defer(close) }
test.after(() => atTheEnd.disposeAsync())

testRateLimiter(() => openTwo(({ limiter }) => limiter), { skip })
testCache(() => openTwo(({ cache }) => cache), { skip })

test('one that dies or stalls keeps nobody waiting, and is back by itself', { skip }, async (t) => {
  await using server = await startRedis()
  const redis = openRedis(t, server.url, {})
  await redis.untilThere()
  for (const [fail, mend] of [
    [server.kill, server.start],
    [server.stall, server.resume],
  ] as const) {
    await fail()
    const startedAt = performance.now()
    for (let count = 0; count < 1_000; count++) await assert.rejects(redis.cache.get('key'), { name: 'RedisUnavailable' })
    assert.ok(performance.now() - startedAt < 30_000, 'each of a thousand requests waited its 100 ms')
    assert.ok(redis.isAway())
    await mend()
    await redis.untilThere()
    assert.ok(!redis.isAway())
  }
  const outcomes = new Set(redis.calls.map(({ call, outcome }) => `${call} ${outcome}`))
  for (const expected of ['connect done', 'get done', 'get failed', 'get skipped']) assert.ok(outcomes.has(expected), expected)
})

test('one that refuses what is asked is away, and says why', { skip }, async (t) => {
  await using server = await startRedis()
  const redis = openRedis(t, server.url)
  await redis.check()
  await tell(server.url, 'CONFIG', 'SET', 'maxmemory', '1')
  await assert.rejects(redis.cache.put('key', 'text'), { name: 'RedisUnavailable', message: /OOM command not allowed/ })
  await pause(1_000)
  await assert.rejects(redis.check(), { message: /OOM/ }, 'it is not back before it takes a write')
  await tell(server.url, 'CONFIG', 'SET', 'maxmemory', '0')
  await tell(server.url, 'CONFIG', 'SET', 'requirepass', 'secret')
  await assert.rejects(redis.check(), { message: /NOAUTH/ })
  await assert.rejects(openRedis(t, server.url.replace('//', '//:wrong@')).check(), { message: /WRONGPASS/ })
  await openRedis(t, server.url.replace('//', '//:secret@')).check()
  await assert.rejects(openRedis(t, 'redis://127.0.0.1:9').check(), { message: 'Redis cannot be used (ECONNREFUSED)' })
})

test('a user needs the rights that the settings name, and no other', { skip }, async (t) => {
  await using server = await startRedis()
  const rights = ['~holdfast:*', '+hello', '+client|setname', '+ping', '+eval', '+time', '+get', '+set']
  await tell(server.url, 'ACL', 'SETUSER', 'media', 'on', '>secret', ...rights)
  const redis = openRedis(t, server.url.replace('//', '//media:secret@'))
  await redis.check()
  await redis.cache.put('key', 'text')
  assert.equal(await redis.cache.get('key'), 'text')
  assert.equal((await redis.limiter.take({ name: 'some', quota: 2, windowSeconds: 60 }, 'key')).remaining, 1)
  await tell(server.url, 'ACL', 'SETUSER', 'media', '-eval')
  await assert.rejects(openRedis(t, server.url.replace('//', '//media:secret@')).check(), { message: /NOPERM/ })
})

test('of several nodes the first one that takes a write is spoken to, and another one when it is a replica', { skip }, async (t) => {
  await using first = await startRedis()
  await using second = await startRedis()
  const redis = openRedis(t, ['redis://127.0.0.1:9', first.url, second.url])
  await redis.check()
  await redis.cache.put('key', 'text')
  await tell(first.url, 'REPLICAOF', '127.0.0.1', new URL(second.url).port)
  await assert.rejects(redis.cache.put('key', 'text'), { message: /READONLY/ })
  await redis.untilThere()
  await redis.cache.put('key', 'on the second')
  assert.equal(await openRedisChecked(t, second.url), 'on the second')
})

async function openRedisChecked(t: Closing, server: string): Promise<string | undefined> {
  const redis = openRedis(t, server)
  await redis.check()
  return redis.cache.get('key')
}
