import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { until } from '../testing/scene.ts'
import { withoutBroker } from './test-broker.ts'
import { count, counting, openScene } from './test-scene.ts'

const retry = { delayMs: 1, maxDelayMs: 1, maxAttempts: 3 }

describe('a message that is sent without a row', { skip: withoutBroker }, () => {
  it('is handled, and leaves nothing in the table', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    await worker.messenger.send(count, { name: 'direct' })
    await until(async () => (await scene.effects()).length === 1)
    await until(async () => (await scene.queue('high')).messageCount === 0)
    assert.deepEqual(await scene.states(), [])
  })

  it('is handled while the database cannot even say what time it is', async () => {
    await using scene = await openScene()
    const handled = Promise.withResolvers<void>()
    const transport = { ...scene.transport, now: () => Promise.reject(new Error('away')) }
    await using _worker = scene.startWorker(async () => handled.resolve(), { transport })
    await scene.messenger(counting).send(count, { name: 'direct' })
    await handled.promise
    await until(async () => (await scene.queue('high')).messageCount === 0)
  })

  it('carries its envelope', async () => {
    await using scene = await openScene()
    const stamp = () => ({ correlationId: 'story-1', causationId: 'request-1', tenant: 'tenant-1', traceparent: '00-trace' })
    const handled = Promise.withResolvers<unknown>()
    await using worker = scene.startWorker(async ({ envelope }) => handled.resolve(envelope), { stamp })
    const id = await worker.messenger.send(count, { name: 'direct' }, { lane: 'low' })
    const { createdAt: _, ...envelope } = (await handled.promise) as { createdAt: number }
    assert.deepEqual(envelope, { id, name: count.name, lane: 'low', attempt: 1, ...stamp() })
  })

  it('becomes a row when it fails, and is tried again like any other', async () => {
    await using scene = await openScene()
    const attempts: number[] = []
    const handler: typeof counting = async (delivery) => {
      attempts.push(delivery.envelope.attempt)
      if (attempts.length < 3) throw new Error('not yet')
      await counting(delivery)
    }
    await using worker = scene.startWorker(handler, { retry })
    const id = await worker.messenger.send(count, { name: 'direct' })
    await until(async () => (await scene.effects()).length === 1)
    const { state, attempt, failedAttempts } = await scene.show(id)
    assert.deepEqual([attempts, state, attempt, failedAttempts.length], [[1, 2, 3], 'done', 3, 2])
  })

  it('ends in the failed store after exactly its attempts when it kills its process', async () => {
    await using scene = await openScene()
    const id = await scene.messenger(counting).send(count, { name: 'never' })
    await scene.killBy(3)
    const survivor = scene.startProcess('poison')
    await until(async () => (await scene.messenger(counting).failed.show(id)) !== undefined)
    survivor.kill('SIGTERM')
    assert.deepEqual(await once(survivor, 'exit'), [0, null])
    assert.equal((await scene.show(id)).failedAttempts.length, 3)
  })

  it('is refused while the broker is away', async () => {
    await using scene = await openScene('amqp://127.0.0.1:1')
    await assert.rejects(scene.messenger(counting).send(count, { name: 'never' }), { code: 'messenger.broker_unavailable' })
    assert.deepEqual(await scene.states(), [])
  })
})
