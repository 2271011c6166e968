import assert from 'node:assert/strict'
import { it } from 'node:test'
import { defaultRetry, GiveUp, judge, PutBack, RetryAfter } from './retry.ts'

const policy = { maxAttempts: 4, delayMs: 1_000, multiplier: 3, maxDelayMs: 5_000, jitter: 0 }
const now = 1_000_000
const after = (attempt: number, error: unknown = new Error('no'), random = 0.5) => judge(policy, { error, attempt, now, random })

it('multiplies the delay up to the ceiling, and fails after the last attempt', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => after(attempt)),
    [{ is: 'retry', dueAt: now + 1_000 }, { is: 'retry', dueAt: now + 3_000 }, { is: 'retry', dueAt: now + 5_000 }, { is: 'fail' }],
  )
})

it('spreads delays evenly around the ladder, never above the ceiling', () => {
  const delayMs = (attempt: number, random: number) => {
    const verdict = judge({ ...policy, jitter: 0.2 }, { error: new Error('no'), attempt, now, random })
    return verdict.is === 'retry' ? verdict.dueAt - now : undefined
  }
  assert.deepEqual([delayMs(1, 0), delayMs(1, 0.5), delayMs(1, 1)], [800, 1_000, 1_200])
  assert.deepEqual([delayMs(3, 0), delayMs(3, 1)], [4_000, 5_000])
})

it('stays finite on a ladder of any height', () => {
  const high = { ...defaultRetry, maxAttempts: 5_000 }
  assert.deepEqual(judge(high, { error: new Error('no'), attempt: 4_999, now, random: 0.5 }), { is: 'retry', dueAt: now + high.maxDelayMs })
})

it('does what the handler asks for', () => {
  assert.deepEqual(after(1, new GiveUp('no use')), { is: 'fail' })
  assert.deepEqual(after(1, new RetryAfter(99)), { is: 'retry', dueAt: now + 99 })
  assert.deepEqual(after(1, new RetryAfter(-99)), { is: 'retry', dueAt: now })
  assert.deepEqual(after(4, new RetryAfter(99)), { is: 'fail' }, 'also the last attempt is the last')
  assert.deepEqual(after(4, new PutBack(now + 5_000)), { is: 'put-back', dueAt: now + 5_000 })
  assert.deepEqual(after(1, new PutBack(now - 5_000)), { is: 'put-back', dueAt: now + 1_000 })
})

it('refuses delays and instants that are no numbers', () => {
  assert.throws(() => new RetryAfter(Number.NaN), RangeError)
  assert.throws(() => new PutBack(Number.POSITIVE_INFINITY), RangeError)
})
