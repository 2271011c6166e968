import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openTestDatabase } from '../operations/test-database.ts'
import { draft08 } from './draft-08.ts'
import { listSubscriptions } from './subscriptions.ts'
import { createSubscriptionTeller } from './tell-subscriptions.ts'
import { readUpdates } from './update-log.ts'

test('what a process that died left behind is cleared away by another, and one that was only slow comes back', async (t) => {
  const { inTransaction, read, clock, advance } = await openTestDatabase(t)
  const log = { warn: (detail: object) => assert.fail(JSON.stringify(detail)) }
  const open = () => createSubscriptionTeller({ inTransaction, protocol: draft08, hubPath: '/hub', clock, log })
  const told = async () =>
    (await readUpdates(read, 0, 100)).map(({ data }) => {
      const { subscriber, active } = JSON.parse(data) as { readonly subscriber: string; readonly active: boolean }
      return `${subscriber} ${active}`
    })
  const until = async (expected: readonly string[]) => {
    while ((await told()).length < expected.length) await sleep(5)
    assert.deepEqual(await told(), expected)
  }
  const one = (subscriber: string) => ({ subscriber, type: 'exact', match: '/a', payload: undefined }) as const
  const stopSlow = new AbortController()
  const [slow, quick] = [open(), open()]
  const slowRuns = slow.run(stopSlow.signal)
  slow.began('slow', [one('slow')])
  await until(['slow true'])
  stopSlow.abort()
  await slowRuns

  const stop = new AbortController()
  const running = [quick.run(stop.signal)]
  quick.began('quick', [one('quick')])
  await until(['slow true', 'quick true'])
  advance(25_000)
  await until(['slow true', 'quick true', 'slow false'])
  assert.deepEqual(await listSubscriptions(read, undefined, 10), [one('quick')])

  running.push(slow.run(stop.signal))
  await until(['slow true', 'quick true', 'slow false', 'slow true'])
  assert.equal((await listSubscriptions(read, { type: 'exact', match: '/a' }, 10)).length, 2)
  slow.ended('slow')
  await until(['slow true', 'quick true', 'slow false', 'slow true', 'slow false'])
  stop.abort()
  await Promise.all(running)
  quick.ended('quick')
  await Promise.all([slow.finish(), quick.finish()])
  assert.deepEqual(await listSubscriptions(read, undefined, 10), [])
  assert.deepEqual(await read.all('SELECT id FROM live_process'), [])
})
