import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import {
  addToCorrelation,
  currentCorrelation,
  formatTraceparent,
  isCorrelationId,
  logMixin,
  newCorrelationId,
  parseTraceparent,
  runWithCorrelation,
  startTrace,
} from './index.ts'

test('everything that a story starts is in it, and nothing else', async () => {
  const seen = await Promise.all(
    ['story-one', 'story-two'].map((correlationId) =>
      runWithCorrelation({ correlationId }, async () => {
        await delay(1)
        const { promise, resolve } = Promise.withResolvers<string | undefined>()
        setImmediate(() => resolve(currentCorrelation()?.correlationId))
        return promise
      }),
    ),
  )
  assert.deepEqual(seen, ['story-one', 'story-two'])
  assert.equal(currentCorrelation(), undefined)
})

test('a story without an id gets one, and one inside another is its own', () => {
  runWithCorrelation({ tenant: 'a' }, () => {
    const outer = currentCorrelation()
    assert.ok(isCorrelationId(outer?.correlationId))
    runWithCorrelation({ correlationId: outer.correlationId, messageId: 'm' }, () => addToCorrelation({ tenant: 'b' }))
    assert.deepEqual(currentCorrelation(), { correlationId: outer.correlationId, tenant: 'a' })
  })
})

test('what becomes known later is on every line from then on', () => {
  const trace = startTrace()
  runWithCorrelation({ correlationId: 'story-one', trace, messageId: 'm' }, () => {
    assert.deepEqual(logMixin(), { correlation_id: 'story-one', trace_id: trace.traceId, message_id: 'm' })
    addToCorrelation({ tenant: 't', principal: 'p' })
    assert.deepEqual(logMixin(), { correlation_id: 'story-one', trace_id: trace.traceId, message_id: 'm', tenant: 't', principal: 'p' })
  })
  assert.deepEqual(logMixin(), {})
  assert.throws(() => addToCorrelation({ tenant: 't' }), /outside of runWithCorrelation/)
})

test('an id that is taken over has 8 to 64 plain characters', () => {
  const good = ['a'.repeat(8), 'a'.repeat(64), 'A.z_0~9:-', newCorrelationId()]
  const bad = ['a'.repeat(7), 'a'.repeat(65), 'with space', 'line\nbreak1', 'ümlaut-id', '<script>alert', '', undefined, ['a'.repeat(8)]]
  assert.deepEqual([good.filter((id) => !isCorrelationId(id)), bad.filter(isCorrelationId)], [[], []])
})

test('a minted id is a UUIDv7 and tells when', () => {
  const id = newCorrelationId(1_700_000_000_000)
  assert.match(id, /^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const many = Array.from({ length: 2_000 }, () => newCorrelationId(1))
  assert.equal(new Set(many).size, many.length)
  assert.deepEqual([...new Set(many.map((each) => each.charAt(19)))].toSorted(), ['8', '9', 'a', 'b'])
})

test('a traceparent is read as W3C says, and continued by a step of our own', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const caller = parseTraceparent(`00-${traceId}-b7ad6b7169203331-01`)
  assert.deepEqual(caller, { traceId, spanId: 'b7ad6b7169203331', sampled: true })
  const next = startTrace(caller)
  assert.equal(next.traceId, traceId)
  assert.notEqual(next.spanId, caller.spanId)
  assert.deepEqual(parseTraceparent(formatTraceparent(next)), next)
  assert.deepEqual(parseTraceparent(`cc-${traceId}-b7ad6b7169203331-00-later`), { ...caller, sampled: false })
  const zeros = [`00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `00-${traceId}-${'0'.repeat(16)}-01`]
  for (const header of [...zeros, `ff-${traceId}-b7ad6b7169203331-01`, `00-${traceId}-b7ad6b7169203331-01-more`, 'x', undefined, ['a']]) {
    assert.equal(parseTraceparent(header), undefined)
  }
  assert.match(formatTraceparent(startTrace()), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
})
