import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { until } from '../testing/scene.ts'
import { brokerUrl, withoutBroker } from './test-broker.ts'
import { openProxy } from './test-proxy.ts'
import { counting, openScene } from './test-scene.ts'

describe('a broker that breaks', { skip: withoutBroker }, () => {
  it('gives the message of a killed process to another one long before its lease ends', async () => {
    await using scene = await openScene()
    const id = await scene.send('once')
    const killed = scene.startProcess('before-commit')
    await once(killed.stdout ?? assert.fail('no output'), 'data')
    const next = scene.startProcess('nowhere')
    await until(async () => (await scene.queue('high')).consumerCount === 2)
    const killedAt = performance.now()
    killed.kill('SIGKILL')
    await until(async () => (await scene.show(id)).state === 'done')
    assert.ok(performance.now() - killedAt < 30_000, 'the lease is twice as long')
    next.kill('SIGTERM')
    assert.deepEqual(await once(next, 'exit'), [0, null])
    assert.deepEqual(await scene.effects(), ['once'])
    const { attempt, failedAttempts } = await scene.show(id)
    assert.deepEqual([attempt, failedAttempts.map(({ worker }) => worker)], [2, [`pid ${killed.pid}`]])
  })

  it('fails a message that kills its process after exactly its attempts', async () => {
    await using scene = await openScene()
    const id = await scene.send('never')
    await scene.killBy(3)
    const survivor = scene.startProcess('poison')
    await until(async () => (await scene.show(id)).state === 'failed')
    survivor.kill('SIGTERM')
    assert.deepEqual(await once(survivor, 'exit'), [0, null])
    assert.equal((await scene.show(id)).failedAttempts.length, 3)
    assert.deepEqual(await scene.effects(), [])
  })

  it('runs a handler once when the connection is cut under it, and goes on', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    const resume = Promise.withResolvers<void>()
    const began: string[] = []
    await using worker = scene.startWorker(async (delivery) => {
      began.push(delivery.payload.name)
      if (delivery.payload.name === 'long') await resume.promise
      await counting(delivery)
    })
    const id = await worker.send('long')
    await until(() => began.length === 1)
    proxy.cut()
    await worker.send('after the cut')
    await until(() => began.length === 2)
    resume.resolve()
    await until(async () => (await scene.show(id)).state === 'done')
    assert.deepEqual(began, ['long', 'after the cut'])
    await until(async () => (await scene.queue('high')).messageCount === 0)
    assert.equal((await scene.show(id)).attempt, 1)
  })

  it('leaves a connection that has stalled', async () => {
    await using proxy = await openProxy(brokerUrl)
    await using scene = await openScene(proxy.url)
    await using worker = scene.startWorker(counting)
    await worker.send('before')
    await until(async () => (await scene.effects()).length === 1)
    proxy.stall()
    await worker.send('meanwhile')
    proxy.mend()
    await until(async () => (await scene.effects()).length === 2)
    assert.deepEqual(await scene.effects(), ['before', 'meanwhile'])
  })

  it('declares anew what the broker forgot, and sends again at once what it lost', async () => {
    await using scene = await openScene()
    const idle = scene.messenger(async () => undefined)
    const ids = await Promise.all(['a', 'b', 'c'].map((name) => scene.send(name)))
    assert.equal(await idle.relay?.runOnce(), 3)
    await scene.onChannel(async (channel) => {
      for (const lane of ['high', 'low', 'external']) await channel.deleteQueue(`${scene.prefix}.${lane}`)
      await channel.deleteExchange(scene.prefix)
    })
    await using worker = scene.startWorker(counting)
    await until(async () => (await scene.effects()).length === 3)
    for (const id of ids) assert.equal((await scene.show(id)).attempt, 1)
    await worker.send('d')
    await until(async () => (await scene.effects()).length === 4)
  })

  it('comes back when its queues are taken away while it works', async () => {
    await using scene = await openScene()
    await using worker = scene.startWorker(counting)
    await worker.send('before')
    await until(async () => (await scene.effects()).length === 1)
    await scene.onChannel(async (channel) => {
      for (const lane of ['high', 'low', 'external']) await channel.deleteQueue(`${scene.prefix}.${lane}`)
    })
    await worker.send('after')
    await until(async () => (await scene.effects()).length === 2)
  })

  it('says what is missing, and what is other than it should be', async () => {
    await using scene = await openScene()
    await assert.rejects(scene.transport.check(), {
      code: 'messenger.misconfigured',
      message: /lacks what messages travel on \(no exchange '/,
    })
    await scene.onChannel((channel) => channel.assertQueue(`${scene.prefix}.low`, { durable: true }))
    await assert.rejects(scene.transport.setup(), { code: 'messenger.misconfigured', message: /inequivalent arg 'x-.*\.low'/ })
    await scene.onChannel((channel) => channel.deleteQueue(`${scene.prefix}.low`))
    await scene.transport.setup()
    await scene.transport.check()
  })
})
