import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { until } from '../testing/scene.ts'
import { brokerUrl, withoutBroker } from './test-broker.ts'
import { openProxy } from './test-proxy.ts'
import { count, counting, openScene } from './test-scene.ts'

type Scene = Awaited<ReturnType<typeof openScene>>
type Messenger = ReturnType<Scene['messenger']>

/** Dispatches until a message entered the table claimed by this process: the relay has found nothing that waits, and the broker has room. */
async function sendForwarded(scene: Scene, messenger: Messenger, isCancelled = false) {
  for (;;) {
    const name = randomUUID()
    const id = await scene.transport.transaction(async (tx) => {
      const outbox = messenger.outbox(tx)
      const dispatched = await outbox.dispatch(count, { name })
      if (isCancelled) assert.ok(await outbox.cancel(dispatched))
      return dispatched
    })
    const { createdAt, dispatchedAt } = await scene.show(id)
    const effects = async () => (await scene.effects()).filter((effect) => effect === name).length
    if (dispatchedAt === createdAt) return { id, effects }
  }
}

describe('a message that its process publishes itself', { skip: withoutBroker }, () => {
  it('is handled once', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    const { id, effects } = await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.show(id)).state === 'done')
    assert.deepEqual([await effects(), (await scene.show(id)).attempt], [1, 1])
  })

  it('is not handled when it was cancelled before', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    const { id, effects } = await sendForwarded(scene, worker.messenger, true)
    const { id: later } = await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.show(later)).state === 'done')
    assert.deepEqual([await effects(), (await scene.show(id)).state], [0, 'cancelled'])
  })

  it('stays with the broker for longer than the claim lasts, where no worker takes it', async () => {
    await using scene = await openScene()
    const [stop, own] = [new AbortController(), scene.messenger(counting)]
    const relaying = own.relay?.run(stop.signal)
    const { id } = await sendForwarded(scene, own)
    stop.abort()
    await relaying
    const { state, leaseUntil, leaseToken } = await scene.show(id)
    assert.deepEqual([state, leaseToken], ['dispatched', null])
    assert.ok(Number(leaseUntil) > Date.now() + 60_000)
  })

  it('is published by another relay when the process dies between commit and publish', async () => {
    await using scene = await openScene()
    const killed = scene.startProcess('before-publish')
    const [id] = await Promise.all([text(killed.stdout ?? assert.fail('no output')), once(killed, 'exit')])
    assert.equal(killed.signalCode, 'SIGKILL')
    assert.equal((await scene.show(id)).state, 'dispatched')
    await scene.lapse()
    await using _survivor = scene.startWorker(counting)
    await until(async () => (await scene.show(id)).state === 'done')
    assert.equal((await scene.show(id)).attempt, 1)
    assert.equal((await scene.effects()).filter((effect) => effect === 'once').length, 1)
  })

  it('goes back into the table when the broker is away', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    await using worker = scene.startWorker(counting)
    await sendForwarded(scene, worker.messenger)
    proxy.stall()
    proxy.cut()
    const id = await worker.send('meanwhile')
    proxy.mend()
    await until(async () => (await scene.show(id)).state === 'done')
    assert.equal((await scene.show(id)).attempt, 1)
  })

  it('takes effect once when the broker has it and its confirm is lost', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    await using worker = scene.startWorker(counting)
    await sendForwarded(scene, worker.messenger)
    proxy.stallAnswers()
    const { id, effects } = await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.show(id)).state === 'done')
    await until(async () => (await scene.queue('high')).messageCount === 0)
    assert.equal(await effects(), 1)
  })
})
