import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Publisher, PublishOptions } from '../publisher.ts'
import type { Update } from '../update.ts'
import { createTestParty, type TrustedHub } from './test-hub.ts'

export interface OpenedPublisher {
  readonly publisher: Publisher
  readonly inTransaction: PublishOptions['inTransaction']
  /** Where those listen who are told. */
  readonly hub: TrustedHub
}

/** Of each test its own, on a hub that others use too. */
function aRoom(version: TrustedHub['version']) {
  const room = `/rooms/${crypto.randomUUID()}`
  const any = version === '0.x' ? '{name}' : ':name'
  return { topic: (name: string) => `${room}/${name}`, pattern: `${room}/${any}` }
}

const anUpdate = (topics: readonly string[], own: Partial<Update> = {}): Update => ({
  ...{ id: `urn:uuid:${crypto.randomUUID()}`, topics, isPrivate: true, data: '{"event":"file.created"}' },
  ...own,
})

/** What every publisher does. Where `isOnce`, its hub keeps an id once; any other may send it again after a doubtful attempt. */
export async function testPublisher(t: TestContext, opened: OpenedPublisher, { isOnce }: { readonly isOnce: boolean }): Promise<void> {
  const tested = (what: string, work: (prepared: ReturnType<typeof prepare>) => Promise<void>) =>
    t.test(what, async () => {
      const prepared = prepare(opened)
      try {
        await work(prepared)
      } finally {
        for (const stream of prepared.streams) stream.close()
      }
    })

  await tested('an update arrives as it is: its id, its type, and each line of its data', async ({ publish, listen, room }) => {
    const stream = await listen([room.pattern], [room.pattern])
    const update = anUpdate([room.topic('a')], { type: 'file', data: 'one\ntwo\n\nç\u{1F6A2}: x', retryMs: 1_000 })
    await publish(update)
    assert.deepEqual(await stream.take(1), [{ id: update.id, type: 'file', data: update.data }])
  })

  await tested(
    'a private update goes to those alone who may read it, a public one to whoever listens',
    async ({ publish, listen, room }) => {
      const mayRead = await listen([room.pattern], [room.topic('mine')])
      const mayNot = await listen([room.pattern], [])
      const theirs = anUpdate([room.topic('theirs')])
      const mine = anUpdate([room.topic('mine')])
      const either = anUpdate([room.topic('theirs'), room.topic('mine')])
      const all = anUpdate([room.topic('all')], { isPrivate: false })
      for (const update of [theirs, mine, either, all]) await publish(update)
      assert.deepEqual(await mayRead.until(all.id), [mine.id, either.id, all.id])
      assert.deepEqual(await mayNot.until(all.id), [all.id])
    },
  )

  await tested(
    'an update of more topics than a hub takes at once reaches who listens to any of them',
    async ({ publish, listen, room }) => {
      const topics = Array.from({ length: 45 }, (_, number) => room.topic(`${number}`))
      const streams = await Promise.all([0, 19, 20, 44].map((number) => listen([room.topic(`${number}`)], [room.topic(`${number}`)])))
      const update = anUpdate(topics)
      await publish(update)
      await publish(update)
      for (const stream of streams) assert.deepEqual(await stream.take(1).then(([one]) => one?.data), update.data)
    },
  )

  await tested('who comes back is sent what it missed, in order', async ({ publish, listen, room }) => {
    const [first, second, third] = ['1', '2', '3'].map((number) => anUpdate([room.topic(number)])) as [Update, Update, Update]
    for (const update of [first, second, third]) await publish(update)
    const stream = await listen([room.pattern], [room.pattern], { 'last-event-id': first.id })
    assert.deepEqual(await stream.until(third.id), [second.id, third.id])
  })

  await tested('an update that is published again is the same one', async ({ publish, listen, room }) => {
    const stream = await listen([room.pattern], [room.pattern])
    const [twice, after] = [anUpdate([room.topic('twice')]), anUpdate([room.topic('after')])]
    await Promise.all([publish(twice), publish(twice)])
    await publish(after)
    const ids = await stream.until(after.id)
    assert.deepEqual([...new Set(ids)], [twice.id, after.id])
    if (isOnce) assert.equal(ids.length, 2)
  })
}

function prepare({ publisher, inTransaction, hub }: OpenedPublisher) {
  const party = createTestParty(hub)
  const streams: { close(): void }[] = []
  return {
    streams,
    room: aRoom(hub.version),
    publish: (update: Update) => publisher.publish(update, { inTransaction, signal: AbortSignal.timeout(60_000) }),
    listen: async (...asked: Parameters<typeof party.listen>) => {
      const stream = await party.listen(...asked)
      streams.push(stream)
      return stream
    },
  }
}
