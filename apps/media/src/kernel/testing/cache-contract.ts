import assert from 'node:assert/strict'
import test from 'node:test'
import { type Cache, maxTextLength } from '../cache.ts'

/** What every cache does. `open` gives two that remember together. */
export function testCache(open: () => Promise<readonly [Cache, Cache]>, options: { readonly skip?: string | false } = {}): void {
  test('gives the text that was put, and nothing else', options, async () => {
    const [one, another] = await open()
    const key = crypto.randomUUID()
    assert.equal(await one.get(key), undefined)
    await one.put(key, 'été 🌊\0')
    assert.equal(await another.get(key), 'été 🌊\0')
    await another.put(key, '')
    assert.equal(await one.get(key), '')
    assert.equal(await one.get(`${key} `), undefined)
  })

  test('does not keep what is too large', options, async () => {
    const [cache] = await open()
    const [large, largest] = [crypto.randomUUID(), crypto.randomUUID()]
    await cache.put(large, 'x'.repeat(maxTextLength + 1))
    await cache.put(largest, 'x'.repeat(maxTextLength))
    assert.equal(await cache.get(large), undefined)
    assert.equal((await cache.get(largest))?.length, maxTextLength)
  })
}
