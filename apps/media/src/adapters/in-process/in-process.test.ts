import assert from 'node:assert/strict'
import test from 'node:test'
import { testCache } from '../../kernel/testing/cache-contract.ts'
import { testRateLimiter } from '../../kernel/testing/rate-limiter-contract.ts'
import { createInProcessCache } from './in-process-cache.ts'
import { createInProcessRateLimiter } from './in-process-rate-limiter.ts'

const twice = <Part>(part: Part): readonly [Part, Part] => [part, part]

testRateLimiter(async () => twice(createInProcessRateLimiter()))
testCache(async () => twice(createInProcessCache()))

test('what was asked for last is kept when there is no more room', async () => {
  const cache = createInProcessCache()
  const text = 'x'.repeat(500_000)
  await cache.put('first', text)
  for (let count = 0; count < 40; count++) {
    await cache.put(`more ${count}`, text)
    assert.equal(await cache.get('first'), text)
  }
  const kept = await Promise.all(Array.from({ length: 40 }, (_, count) => cache.get(`more ${count}`)))
  assert.deepEqual([kept[0], kept[39]], [undefined, text])
  assert.equal(kept.filter((found) => found !== undefined).length, 15, '16 texts of a million bytes are 16 MB')
})

test('a limiter that has seen very many keys still counts for each', async () => {
  let nowMs = 0
  const limiter = createInProcessRateLimiter(() => nowMs)
  const limit = { name: 'some', quota: 2, windowSeconds: 60 }
  const takeAll = async () => {
    for (let key = 0; key < 25_000; key++) await limiter.take(limit, String(key))
  }
  await takeAll()
  nowMs += 10_000
  await takeAll()
  assert.equal((await limiter.take(limit, '24999')).isAllowed, false)
  nowMs += 50_001
  await takeAll()
  assert.equal((await limiter.take(limit, '0')).remaining, 0)
})
