import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { until } from '../testing/scene.ts'
import type { StoredMessage } from '../transport.ts'
import { brokerUrl, withoutBroker } from './test-broker.ts'
import { openProxy } from './test-proxy.ts'
import { count, counting, openScene } from './test-scene.ts'

type Scene = Awaited<ReturnType<typeof openScene>>
type Worker = ReturnType<Scene['startWorker']>

/** Dispatches until a message entered the table claimed by this process: the relay has found nothing that waits, and the broker has room. */
async function sendForwarded({ transport }: Scene, messenger: Worker['messenger'], cancels = false): Promise<string> {
  for (;;) {
    const sent = await transport.transaction(async (tx) => {
      const id = await messenger.outbox(tx).dispatch(count, { name: 'forwarded' })
      const row = await tx.get<Pick<StoredMessage, 'state'>>('SELECT state FROM message WHERE id = ?', [id])
      const isForwarded = row?.state === 'dispatched'
      if (cancels || !isForwarded) assert.ok(await messenger.outbox(tx).cancel(id))
      return isForwarded ? id : undefined
    })
    if (sent !== undefined) return sent
  }
}

describe('a message that its process publishes itself', { skip: withoutBroker }, () => {
  it('is handled once', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    const id = await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.show(id)).state === 'done')
    assert.equal((await scene.show(id)).attempt, 1)
    assert.deepEqual(await scene.effects(), ['forwarded'])
  })

  it('is not handled when it was cancelled before', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    const id = await sendForwarded(scene, worker.messenger, true)
    await until(async () => (await scene.queue('high')).messageCount === 0)
    assert.equal((await scene.show(id)).state, 'cancelled')
    assert.deepEqual(await scene.effects(), [])
  })

  it('stays with the broker for longer than the claim lasts, where no worker takes it', async () => {
    await using scene = await openScene()
    const [stop, own] = [new AbortController(), scene.messenger(counting)]
    const relaying = own.relay?.run(stop.signal)
    const id = await sendForwarded(scene, own)
    await until(async () => (await scene.queue('high')).messageCount === 1)
    stop.abort()
    await relaying
    const { state, leaseUntil, leaseToken } = await scene.show(id)
    assert.deepEqual([state, leaseToken], ['dispatched', null])
    assert.ok(Number(leaseUntil) > Date.now() + 60_000)
  })

  it('is published by another relay when the process dies between commit and publish', async () => {
    await using scene = await openScene()
    const killed = scene.startProcess('before-publish')
    assert.deepEqual(await once(killed, 'exit'), [null, 'SIGKILL'])
    assert.deepEqual(await scene.states(), ['dispatched'])
    assert.equal((await scene.queue('high')).messageCount, 0)
    await scene.lapse()
    await using _survivor = scene.startWorker(counting)
    await until(async () => (await scene.effects()).length === 1)
    assert.deepEqual(await scene.effects(), ['once'])
  })

  it('goes back into the table when the broker is away', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    await using worker = scene.startWorker(counting)
    await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.effects()).length === 1)
    proxy.stall()
    proxy.cut()
    const id = await sendForwarded(scene, worker.messenger).catch(() => undefined)
    proxy.mend()
    await until(async () => (await scene.effects()).length === 2)
    assert.ok(id !== undefined)
    assert.equal((await scene.show(id)).attempt, 1)
  })

  it('takes effect once when the broker has it and its confirm is lost', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    await using worker = scene.startWorker(counting)
    await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.effects()).length === 1)
    proxy.stallAnswers()
    const id = await sendForwarded(scene, worker.messenger)
    await until(async () => (await scene.effects()).length === 2)
    await until(async () => (await scene.queue('high')).messageCount === 0)
    assert.equal((await scene.show(id)).state, 'done')
    assert.equal((await scene.effects()).length, 2)
  })
})
