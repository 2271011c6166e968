import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { createMessenger, incoming, message, outgoing } from '../index.ts'
import { until } from '../testing/scene.ts'
import { withoutBroker } from './test-broker.ts'
import { count, counting, openScene } from './test-scene.ts'

describe('messages of other systems', { skip: withoutBroker }, () => {
  const reader = incoming(count, ({ type, bytes }) =>
    type === 'count' ? z.object({ name: z.string() }).parse(JSON.parse(Buffer.from(bytes).toString())) : undefined,
  )

  it('take effect once, however often they come', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting, { incoming: [reader] })
    await scene.transport.setup()
    await scene.onChannel(async (channel) => {
      const send = (name: string, options: object) =>
        channel.sendToQueue(`${scene.prefix}.external`, Buffer.from(JSON.stringify({ name })), options)
      for (let copy = 1; copy <= 3; copy += 1) send('by a property', { messageId: 'id-1', type: 'count', correlationId: 'story-1' })
      send('by a header', { messageId: 'id-2', headers: { type: 'count' }, correlationId: 'long'.repeat(60) })
      send('by no id', { type: 'count' })
    })
    await until(async () => (await scene.effects()).length === 3)
    await until(async () => (await scene.queue('external')).messageCount === 0)
    assert.deepEqual((await scene.effects()).toSorted(), ['by a header', 'by a property', 'by no id'])
    for (const story of ['story-1', 'long'.repeat(32)]) assert.equal((await worker.messenger.story(story)).length, 1)
  })

  it('go to the failed store with their bytes when nobody can read them', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(async () => assert.fail('handled'), { incoming: [reader] })
    await scene.transport.setup()
    const bodies = [Buffer.from('{"name": "cut of'), Buffer.from([0xff, 0xfe, 0x00]), Buffer.from('{"name": 5}')]
    await scene.onChannel(async (channel) => {
      for (const [index, body] of bodies.entries()) {
        channel.sendToQueue(`${scene.prefix}.external`, body, { messageId: `id-${index}`, type: 'count' })
        channel.sendToQueue(`${scene.prefix}.high`, body, { messageId: `id-${index}` })
      }
    })
    await until(async () => (await worker.messenger.failed.list()).items.length === 3)
    const { items } = await worker.messenger.failed.list()
    assert.deepEqual(items.map(({ payload, attempt }) => `${attempt} ${payload}`).toSorted(), [
      '1 base64://4A',
      '1 {"name": "cut of',
      '1 {"name": 5}',
    ])
    for (const { lastError } of items) assert.match(lastError ?? '', /cannot be read from it|nobody reads messages of the type \(none\)/)
    await until(async () => (await scene.queue('external')).messageCount + (await scene.queue('high')).messageCount === 0)
  })

  it('go out in their own form, once the broker has them', async () => {
    await using scene = await openScene()
    const told = message('crash.told.v1', z.object({ name: z.string() }), { lane: 'external' })
    const sender = outgoing(told, ({ name }, { id }) => {
      if (name === 'unspeakable') throw new Error('no words for it')
      const stamp = { 'X-Message-Stamp-Symfony\\Component\\Messenger\\Stamp\\BusNameStamp': '[{"busName":"bus"}]' }
      return { type: 'told.once', body: { id, name }, headers: stamp }
    })
    const messenger = createMessenger({ transport: scene.transport, contracts: [told], outgoing: [sender] })
    const tell = (name: string) => scene.transport.transaction((tx) => messenger.outbox(tx).dispatch(told, { name }))
    await scene.transport.setup()
    await scene.onChannel(async (channel) => {
      const { queue } = await channel.assertQueue('', { exclusive: true })
      await channel.bindQueue(queue, `${scene.prefix}.events`, 'told.*')
      const [id, unspeakable] = [await tell('a'), await tell('unspeakable')]
      assert.equal(await messenger.relay?.runOnce(), 1)
      const received = await channel.get(queue, { noAck: true })
      assert.ok(received !== false)
      const { content, properties } = received
      assert.deepEqual(JSON.parse(content.toString()), { id, name: 'a' })
      assert.deepEqual([properties.messageId, properties.type, properties.contentType], [id, 'told.once', 'application/json'])
      assert.deepEqual(properties.headers, {
        'Content-Type': 'application/json',
        'X-Message-Stamp-Symfony\\Component\\Messenger\\Stamp\\BusNameStamp': '[{"busName":"bus"}]',
        type: 'told.once',
      })
      assert.equal((await messenger.story(id))[0]?.state, 'done')
      assert.match((await messenger.failed.show(unspeakable))?.lastError ?? '', /no words for it/)
    })
  })
})
