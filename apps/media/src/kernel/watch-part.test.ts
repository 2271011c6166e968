import assert from 'node:assert/strict'
import { test } from 'node:test'
import { watchPart } from './watch-part.ts'

class Away extends Error {}
class Refused extends Error {}

test('a part that is away is tried by one now and then, and trusted once it was there', async () => {
  let now = 0
  const told: string[] = []
  const log = { warn: (_: object, words: string) => told.push(words), info: (_: object, words: string) => told.push(words) }
  const observe = ({ call, outcome }: { readonly call: string; readonly outcome: string }) => told.push(`${call} ${outcome}`)
  const saysAway = (error: unknown) => (error instanceof Error ? error instanceof Away : undefined)
  const part = watchPart({ now: () => now, log, observe }, saysAway, { awayWords: 'away', backWords: 'back', restMs: 1_000 })
  let answer: Promise<void> = Promise.reject(new Away())
  const send = () => part.use('send', () => answer)
  await assert.rejects(send(), Away)
  await assert.rejects(send(), Away)
  assert.ok(part.isAway())
  now = 1_000
  const { promise, resolve } = Promise.withResolvers<void>()
  answer = promise
  const trying = send()
  await assert.rejects(send(), Away)
  resolve()
  await trying
  answer = Promise.reject(new Refused())
  await assert.rejects(send(), Refused)
  await part.check(() => assert.fail('it is trusted'))
  assert.ok(!part.isAway())
  now += 5_000
  await assert.rejects(
    part.check(() => Promise.reject(new Away())),
    Away,
  )
  assert.deepEqual(told, [
    'away',
    'send failed',
    'send skipped',
    'send skipped',
    'back',
    'send done',
    'send failed',
    'away',
    'check failed',
  ])
})
