import assert from 'node:assert/strict'
import { it } from 'node:test'
import { uuidV7 } from './uuid-v7.ts'

it('is a UUID of version 7 that tells its millisecond', () => {
  const nowMs = Date.UTC(2126, 0, 1)
  const id = uuidV7(nowMs)
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), nowMs)
})

it('sorts in the order of making, also within a millisecond and when the clock runs back', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => uuidV7(index < 9_000 ? 5 : 4))
  assert.deepEqual(ids, ids.toSorted())
  assert.equal(new Set(ids).size, ids.length)
})
