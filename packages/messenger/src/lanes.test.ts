import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createFairShare } from './lanes.ts'

const weights = new Map([
  ['high', 8],
  ['low', 2],
  ['external', 1],
])
const all = (freeSlots: number) => [...weights.keys()].map((lane) => ({ lane, running: 0, freeSlots }))

it('parts slots by weight, heaviest lane first', () => {
  assert.deepEqual(createFairShare(weights, 22).part(22, all(100)), [
    { lane: 'high', limit: 16 },
    { lane: 'low', limit: 4 },
    { lane: 'external', limit: 2 },
  ])
})

it('gives what a full lane cannot take to the others, and parts no more than there is', () => {
  const fair = createFairShare(weights, 10)
  assert.deepEqual(
    fair.part(10, [
      { lane: 'high', running: 0, freeSlots: 3 },
      { lane: 'low', running: 0, freeSlots: 5 },
    ]),
    [
      { lane: 'high', limit: 3 },
      { lane: 'low', limit: 5 },
    ],
  )
  assert.deepEqual(fair.part(10, [{ lane: 'low', running: 0, freeSlots: 0 }]), [])
  assert.deepEqual(fair.part(0, all(5)), [])
})

it('remembers what was taken: one slot at a time comes to the same shares', () => {
  const fair = createFairShare(weights, 1)
  const taken = new Map<string, number>()
  for (let slot = 0; slot < 110; slot += 1) {
    const [part] = fair.part(1, all(1))
    assert.ok(part)
    fair.charge(part.lane, 1)
    taken.set(part.lane, (taken.get(part.lane) ?? 0) + 1)
  }
  assert.deepEqual(Object.fromEntries(taken), { high: 80, low: 20, external: 10 })
})

it('lets a lane that stood idle catch up one round, and no more', () => {
  const fair = createFairShare(weights, 1_000)
  fair.charge('high', 8_000)
  const total = fair.part(1_000, all(1_000)).find(({ lane }) => lane === 'low')?.limit
  assert.ok(total !== undefined && total <= 2 + Math.ceil((1_000 * 2) / 11), `low got ${total}`)
})

it('gives a lane its part of the slots first, however long the handlers of each take', () => {
  const fair = createFairShare(weights, 11)
  const inWork = { high: 8, low: 2 }
  for (let slot = 0; slot < 1_000; slot += 1) {
    inWork.low -= 1
    const [part] = fair.part(
      1,
      (['high', 'low'] as const).map((lane) => ({ lane, running: inWork[lane], freeSlots: 11 })),
    )
    assert.deepEqual(part, { lane: 'low', limit: 1 }, 'high handlers never end, low ones at once')
    fair.charge('low', 1)
    inWork.low += 1
  }
})
