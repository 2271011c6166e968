import assert from 'node:assert/strict'
import test from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { RateLimiter } from '../rate-limiter.ts'

const slow = { name: 'slow', quota: 3, windowSeconds: 3600 }
const quick = { name: 'quick', quota: 20, windowSeconds: 1 }

/** What every rate limiter does. `open` gives two that count together. */
export function testRateLimiter(
  open: () => Promise<readonly [RateLimiter, RateLimiter]>,
  options: { readonly skip?: string | false } = {},
): void {
  test('lets a quota through and no more, whichever counts, however many come at once', options, async () => {
    const limiters = await open()
    const key = crypto.randomUUID()
    const taken = await Promise.all(Array.from({ length: 10 }, (_, at) => limiters[at % 2 === 0 ? 0 : 1].take(slow, key)))
    const allowed = taken.filter(({ isAllowed }) => isAllowed).map(({ remaining }) => remaining)
    assert.deepEqual([allowed.length, new Set(allowed)], [3, new Set([0, 1, 2])])
    const [refused] = taken.filter(({ isAllowed }) => !isAllowed)
    assert.equal(refused?.remaining, 0)
    assert.ok(refused.moreInMs > 1_100_000 && refused.moreInMs <= 1_200_000, `one comes back each third of an hour: ${refused.moreInMs}`)
  })

  test('keys and limits do not meet', options, async () => {
    const [limiter] = await open()
    const [one, another] = [crypto.randomUUID(), crypto.randomUUID()]
    for (let count = 0; count < 4; count++) await limiter.take(slow, one)
    assert.equal((await limiter.take(slow, one)).isAllowed, false)
    assert.equal((await limiter.take(slow, another)).remaining, 2)
    assert.equal((await limiter.take({ ...slow, name: 'other' }, one)).remaining, 2)
  })

  test('who was refused is let through when it was told, and not pushed back by what was refused', options, async () => {
    const [limiter] = await open()
    const key = crypto.randomUUID()
    let last = await limiter.take(quick, key)
    while (last.isAllowed) last = await limiter.take(quick, key)
    assert.ok(last.moreInMs > 0 && last.moreInMs <= 50, String(last.moreInMs))
    await pause(last.moreInMs + 1)
    assert.equal((await limiter.take(quick, key)).isAllowed, true)
    await pause(1_100)
    assert.equal((await limiter.take(quick, key)).remaining, quick.quota - 1)
  })

  test('a quota that does not divide its window is all there', options, async () => {
    const [limiter] = await open()
    const key = crypto.randomUUID()
    const seven = { name: 'seven', quota: 7, windowSeconds: 3600 }
    for (let left = 6; left >= 0; left--) assert.equal((await limiter.take(seven, key)).remaining, left)
    assert.equal((await limiter.take(seven, key)).isAllowed, false)
  })
}
