import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { openTestDatabase } from '../operations/test-database.ts'
import { createHub, type HubLimits } from './hub.ts'
import type { Subscription } from './subscriber.ts'
import { createTopicMatcher } from './topic-matcher.ts'
import { appendUpdate } from './update-log.ts'

const generous = {
  maxConnections: 100,
  maxConnectionsPerPrincipal: 100,
  maxBufferedBytes: 1_000,
  heartbeatMs: 60_000,
  maxLifeMs: 3_600_000,
  revalidateMs: 60_000,
}
const pattern = (match: string) => createTopicMatcher('urlpattern', match, 'http://hub.example/.well-known/mercure')

describe('the hub', () => {
  test('sends what is listened to and, of what is private, only what may be read', async (t) => {
    await using hub = await openHub(t)
    const { listen, publish } = hub
    const all = await listen({ grants: [pattern('*')] })
    const some = await listen({ grants: [pattern('/mine/:id')] })
    const none = await listen({})
    await publish('private', ['/theirs/1'], true)
    await publish('either', ['/theirs/2', '/mine/2'], true)
    await publish('public', ['/theirs/3'], false)
    for (const one of [all, some, none]) await one.until('public')
    assert.deepEqual(all.ids(), ['private', 'either', 'public'])
    assert.deepEqual(some.ids(), ['either', 'public'])
    assert.deepEqual(none.ids(), ['public'])
  })

  test('replays what came after a position, with the rights of now, and goes on without a gap', async (t) => {
    await using hub = await openHub(t)
    const { listen, publish } = hub
    for (let number = 1; number <= 450; number++) await publish(`${number}`, [number % 2 === 0 ? '/even' : '/odd'], true)
    const late = listen({ afterPosition: 3, grants: [pattern('/even')] })
    await publish('451', ['/even'], true)
    await (await late).until('451')
    const even = Array.from({ length: 224 }, (_, index) => `${4 + 2 * index}`)
    assert.deepEqual((await late).ids(), [...even, '451'])
  })

  test('replays also to who comes back before the process has looked where the updates end', async (t) => {
    await using hub = await openHub(t)
    for (const id of ['1', '2', '3']) await hub.publish(id, ['/a'], false)
    const early = await hub.another().listen({ afterPosition: 1 })
    await hub.publish('last', ['/a'], false)
    await early.until('last')
    assert.deepEqual(early.ids(), ['2', '3', 'last'])
  })

  test('does not take for slow who reads, however much comes at once or is replayed', async (t) => {
    await using hub = await openHub(t)
    const { listen, publish } = hub
    const live = await listen({})
    const ids = Array.from({ length: 100 }, (_, index) => `update ${index}`)
    await Promise.all(ids.map((id) => publish(id, ['/a'], false)))
    const late = await listen({ afterPosition: 0 })
    await publish('last', ['/a'], false)
    for (const one of [live, late]) {
      await one.until('last')
      assert.deepEqual(new Set(one.ids()), new Set([...ids, 'last']))
      assert.equal(one.ids().length, ids.length + 1)
    }
  })

  test('sends nothing more to who is ended in the middle of a replay', async (t) => {
    await using hub = await openHub(t)
    const { listen, publish } = hub
    const live = await listen({})
    for (let number = 1; number <= 3; number++) await publish(`${number}`, ['/a'], false)
    await live.until('3')
    const left = await listen({ afterPosition: 0 })
    left.close()
    await (await listen({ afterPosition: 0 })).until('3')
    assert.deepEqual(left.ids(), [])
  })

  test('reaches the subscribers of every process', async (t) => {
    await using one = await openHub(t)
    const other = one.another()
    const listeners = [await one.listen({}), await other.listen({})]
    await one.publish('shared', ['/a'], false)
    for (const listener of listeners) await listener.until('shared')
  })

  test('ends who is too slow, whose token expires, and whose right is gone', async (t) => {
    await using hub = await openHub(t, { revalidateMs: 0 })
    const { listen, publish, advance } = hub
    const slow = await listen({}, 2_000)
    const expiring = await listen({ lifeMs: 500 })
    const revoked = await listen({ credential: { userId: 'u', via: 'token', credentialId: 'revoked' } })
    const staying = await listen({})
    await publish('any', ['/a'], false)
    await staying.until('any')
    advance(1_000)
    for (const one of [slow, expiring, revoked]) await one.ended
    assert.deepEqual(slow.ids(), [])
    assert.equal(staying.isEnded(), false)
  })

  test('sends a comment where nothing else was sent', async (t) => {
    await using hub = await openHub(t, { heartbeatMs: 1_000 })
    const { listen, advance } = hub
    const one = await listen({})
    advance(1_000)
    await one.untilText(':\n\n')
  })

  test('takes as many connections as it may', async (t) => {
    await using hub = await openHub(t, { maxConnections: 3, maxConnectionsPerPrincipal: 2 })
    const { listen } = hub
    const first = await listen({ principal: 'a' })
    await listen({ principal: 'a' })
    await assert.rejects(listen({ principal: 'a' }), { code: 'live.too_many_connections' })
    await listen({ principal: 'b' })
    await assert.rejects(listen({ principal: 'c' }), { code: 'live.too_many_connections' })
    first.close()
    await listen({ principal: 'a' })
  })
})

/** Its hubs end before what the database closes after the test. */
async function openHub(t: TestContext, limits: Partial<HubLimits> = {}) {
  const { read, inTransaction, clock, advance } = await openTestDatabase(t)
  const opened = new AsyncDisposableStack()
  const another = () => {
    const hub = createHub({
      read,
      clock,
      limits: { ...generous, ...limits },
      standing: async () => new Set(),
      log: { warn: (detail) => assert.fail(JSON.stringify(detail)) },
    })
    const stop = new AbortController()
    const running = hub.run(stop.signal)
    opened.defer(async () => {
      stop.abort()
      await running
      assert.equal(hub.connections(), 0)
    })
    return { listen: listenTo(hub, clock) }
  }
  const publish = (id: string, topics: readonly string[], isPrivate: boolean) =>
    inTransaction((tx) => appendUpdate(tx, { id, topics, isPrivate, data: id }))
  return { ...another(), another, publish, advance, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

type Asked = Partial<Subscription> & { readonly lifeMs?: number }

const listenTo =
  (hub: ReturnType<typeof createHub>, clock: () => number) =>
  async ({ lifeMs = 60_000, ...asked }: Asked, stuckBytes = 0) => {
    let text = ''
    let bufferedBytes = stuckBytes
    const ended = Promise.withResolvers<void>()
    let isEnded = false
    const stream = {
      write: (chunk: string) => {
        assert.ok(!isEnded, 'written after its end')
        text += chunk
        bufferedBytes += chunk.length
        // As a socket whose other end reads.
        setImmediate(() => {
          bufferedBytes -= chunk.length
        })
      },
      bufferedBytes: () => bufferedBytes,
      drained: async () => {
        while (bufferedBytes > stuckBytes) await nextTurn()
      },
      end: () => {
        isEnded = true
        ended.resolve()
      },
    }
    const subscription = {
      principal: 'p',
      credential: undefined,
      matchers: [pattern('*')],
      grants: [],
      payloadOf: () => undefined,
      ...asked,
    }
    const { close } = await hub.subscribe({ ...subscription, expiresAt: clock() + lifeMs }, () => stream)
    const untilText = async (part: string) => {
      while (!text.includes(part)) await sleep(5)
    }
    const ids = () => [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id)
    return { close, ended: ended.promise, isEnded: () => isEnded, ids, untilText, until: (id: string) => untilText(`id: ${id}\n`) }
  }
