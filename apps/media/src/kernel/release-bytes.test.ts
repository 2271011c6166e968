import assert from 'node:assert/strict'
import test from 'node:test'
import { refuseReleased, releaseBytes } from './release-bytes.ts'

test('a chunk with memory of its own gives it back, and is refused from then on', () => {
  const chunk = new Uint8Array(100_000)
  refuseReleased(chunk)
  releaseBytes(chunk)
  releaseBytes(chunk)
  assert.equal(chunk.length, 0)
  assert.throws(() => refuseReleased(chunk), /used again/)
})

test('a part of something is left alone', () => {
  const whole = new Uint8Array([1, 2, 3])
  const pooled = Buffer.from('short')
  for (const part of [whole.subarray(1), whole.subarray(0, 2), pooled]) releaseBytes(part)
  assert.deepEqual([[...whole], String(pooled)], [[1, 2, 3], 'short'])
})
