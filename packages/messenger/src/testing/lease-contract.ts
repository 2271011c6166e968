import assert from 'node:assert/strict'
import { it, mock } from 'node:test'
import type { Delivery, Transaction } from '../index.ts'
import { ladder, type Note, openScene, refusalOf, runAll, type TransportUnderTest, until } from './scene.ts'

const leaseMs = 60_000

export function leaseContract<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  it('gives each message to one of the workers that look at once', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(({ payload, commit }) => commit(({ sql }) => scene.effect(sql, payload.text)))
    const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`)
    await Promise.all(texts.map((text) => scene.send(messenger, text)))
    await Promise.all([messenger.worker(), messenger.worker(), messenger.worker()].map(runAll))
    assert.deepEqual((await scene.effects()).toSorted(), texts.toSorted())
  })

  it('lets another worker take over when a lease runs out, and fences the first one off', async () => {
    await using scene = await openScene(under)
    const deliveries: Delivery<Note, Tx>[] = []
    const resume = Promise.withResolvers<void>()
    const messenger = scene.messenger(async (delivery) => {
      deliveries.push(delivery)
      const { attempt } = delivery.envelope
      if (attempt === 1) await resume.promise
      await delivery.commit(({ sql }) => scene.effect(sql, `effect of attempt ${attempt}`))
    })
    const id = await scene.send(messenger, 'go')
    const stale = messenger.worker({ leaseMs, name: 'stale' }).runOnce()
    await until(() => deliveries.length === 1)
    const successor = messenger.worker({ leaseMs, name: 'successor' })
    scene.clock.now += leaseMs - 1
    assert.equal(await successor.runOnce(), 0)
    scene.clock.now += 1
    assert.equal(await successor.runOnce(), 1)
    resume.resolve()
    await stale
    assert.deepEqual(await scene.effects(), ['effect of attempt 2'])
    const [told] = await messenger.story(id)
    assert.deepEqual([told?.state, told?.attempt, told?.worker], ['done', 2, 'successor'])
    assert.match(told?.failedAttempts[0]?.error ?? '', /the worker stale was lost/)
    assert.equal(told?.failedAttempts[0]?.worker, 'stale')
  })

  it('keeps no effect of a delivery that was doubled', async () => {
    await using scene = await openScene(under)
    const { writes } = scene.transport
    const resume = Promise.withResolvers<void>()
    const refusals: Promise<unknown>[] = []
    let deliveries = 0
    const messenger = scene.messenger(async ({ commit }) => {
      deliveries += 1
      const nth = deliveries
      if (nth === 1) await resume.promise
      const committed = commit(({ sql }) => scene.effect(sql, `delivery ${nth}`))
      if (nth === 1) refusals.push(refusalOf(committed))
      await committed
    })
    const id = await scene.send(messenger, 'go')
    const first = messenger.worker().runOnce()
    await until(() => deliveries === 1)
    await scene.transport.transaction((tx) => writes.move(tx, id, { state: 'leased' }, { state: 'pending' }))
    await messenger.worker().runOnce()
    resume.resolve()
    await first
    assert.deepEqual(await scene.effects(), ['delivery 2'])
    assert.deepEqual(await Promise.all(refusals), ['messenger.lease_lost'])
    assert.equal((await scene.find(id)).state, 'done')
  })

  it('runs no effect again when the worker was lost between the commit and its end', async () => {
    await using scene = await openScene(under)
    const end = Promise.withResolvers<void>()
    const messenger = scene.messenger(async ({ commit }) => {
      await commit(({ sql }) => scene.effect(sql, 'once'))
      await end.promise
    })
    const id = await scene.send(messenger, 'go')
    const lost = messenger.worker({ leaseMs }).runOnce()
    await until(async () => (await scene.effects()).length === 1)
    scene.clock.now += 10 * leaseMs
    assert.equal(await messenger.worker({ leaseMs }).runOnce(), 0)
    end.resolve()
    await lost
    assert.deepEqual(await scene.effects(), ['once'])
    assert.equal((await scene.find(id)).state, 'done')
  })

  it('fails a message that loses its worker every time, after exactly its attempts', async () => {
    await using scene = await openScene(under)
    let deliveries = 0
    const end = Promise.withResolvers<void>()
    const messenger = scene.messenger(() => {
      deliveries += 1
      return end.promise
    })
    const id = await scene.send(messenger, 'go')
    const lost: Promise<unknown>[] = []
    for (let life = 1; life <= ladder.maxAttempts; life += 1, scene.clock.now += leaseMs) {
      lost.push(messenger.worker({ leaseMs }).runOnce())
      await until(() => deliveries === life)
    }
    assert.equal(await messenger.worker({ leaseMs }).runOnce(), 0)
    const shown = await messenger.failed.show(id)
    assert.deepEqual([shown?.state, shown?.attempt, shown?.failedAttempts.length], ['failed', ladder.maxAttempts, ladder.maxAttempts])
    end.resolve()
    await Promise.all(lost)
    assert.equal(deliveries, ladder.maxAttempts)
  })

  it('hands a worker one at a time of what has lost two, so that poison does not take along what is beside it', async () => {
    await using scene = await openScene(under)
    const deliveries: string[] = []
    const resume = Promise.withResolvers<void>()
    const messenger = scene.messenger(({ payload }) => {
      deliveries.push(payload.text)
      return resume.promise
    })
    for (const text of ['poison', 'beside it', 'beside it too']) await scene.send(messenger, text)
    const lost: Promise<unknown>[] = []
    for (const delivered of [3, 6, 7, 8, 9]) {
      lost.push(messenger.worker({ leaseMs }).runOnce())
      await until(() => deliveries.length >= delivered)
      assert.equal(deliveries.length, delivered)
      if (delivered <= 6) scene.clock.now += leaseMs
    }
    assert.equal(new Set(deliveries.slice(6)).size, 3)
    resume.resolve()
    await Promise.all(lost)
  })

  it('renews the lease while a handler runs', async () => {
    await using scene = await openScene(under)
    const [began, resume] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const shortLeaseMs = 120
    const messenger = scene.messenger(async ({ commit }) => {
      began.resolve()
      await resume.promise
      await commit(({ sql }) => scene.effect(sql, 'once'))
    })
    const id = await scene.send(messenger, 'go')
    const holder = messenger.worker({ leaseMs: shortLeaseMs }).runOnce()
    await began.promise
    for (let third = 0; third < 9; third += 1) {
      scene.clock.now += shortLeaseMs / 3
      await until(async () => (await scene.find(id)).leaseUntil === scene.clock.now + shortLeaseMs)
      assert.equal(await messenger.worker().runOnce(), 0)
    }
    resume.resolve()
    await holder
    assert.deepEqual(await scene.effects(), ['once'])
    assert.equal((await scene.find(id)).attempt, 1)
  })

  it('lets a handler go on after its commit for longer than a lease', async () => {
    await using scene = await openScene(under)
    const resume = Promise.withResolvers<void>()
    const wasAborted: boolean[] = []
    const messenger = scene.messenger(async ({ payload, commit, signal }) => {
      if (payload.text === 'goes on') await commit(({ sql }) => scene.effect(sql, 'once'))
      await resume.promise
      wasAborted.push(signal.aborted)
    })
    const shortLeaseMs = 60
    await scene.send(messenger, 'goes on')
    const id = await scene.send(messenger, 'is renewed meanwhile')
    const ran = messenger.worker({ leaseMs: shortLeaseMs }).runOnce()
    await until(async () => (await scene.effects()).length === 1)
    for (let round = 0; round < 3; round += 1) {
      scene.clock.now += 10
      await until(async () => (await scene.find(id)).leaseUntil === scene.clock.now + shortLeaseMs)
    }
    resume.resolve()
    await ran
    assert.deepEqual(wasAborted, [false, false])
  })

  it('tells a handler that its lease is gone', async () => {
    await using scene = await openScene(under)
    const told: string[] = []
    const messenger = scene.messenger(async ({ signal }) => {
      told.push('began')
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      told.push(await refusalOf(Promise.reject(signal.reason)))
    })
    const id = await scene.send(messenger, 'go')
    const holder = messenger.worker({ leaseMs: 60 }).runOnce()
    await until(() => told.length === 1)
    const { writes } = scene.transport
    await scene.transport.transaction((tx) => writes.move(tx, id, { state: 'leased' }, { leaseToken: 'of another delivery' }))
    await holder
    assert.deepEqual(told, ['began', 'messenger.lease_lost'])
  })

  it('goes by the clock of the transport alone, however wrong that of the process is', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
    for (const skewMs of [-86_400_000, 86_400_000]) {
      const dateNow = mock.method(Date, 'now', () => scene.clock.now + skewMs)
      await scene.send(messenger, `now, skew ${skewMs}`)
      const later = await scene.send(messenger, `later, skew ${skewMs}`, { delayMs: 1_000 })
      assert.equal(await messenger.worker().runOnce(), 1)
      assert.equal((await scene.find(later)).createdAt, scene.clock.now)
      scene.clock.now += 1_000
      assert.equal(await messenger.worker().runOnce(), 1)
      dateNow.mock.restore()
    }
    assert.equal(handled.length, 4)
  })

  if (under.capabilities.includes('shared')) {
    it('shares the work among processes: each message takes effect once, and one can finish what another began', async () => {
      await using one = await openScene(under)
      await using other = await one.again()
      const committing = (scene: typeof one) =>
        scene.messenger(({ payload, commit }) => commit(({ sql }) => scene.effect(sql, payload.text)))
      const texts = Array.from({ length: 60 }, (_, index) => `text ${index}`)
      await Promise.all(texts.map((text) => one.send(committing(one), text)))
      await Promise.all([one, other].map((scene) => runAll(committing(scene).worker())))
      assert.deepEqual((await one.effects()).toSorted(), texts.toSorted())

      const end = Promise.withResolvers<void>()
      const hanging = one.messenger(() => end.promise)
      const id = await one.send(hanging, 'left behind')
      const lost = hanging.worker({ leaseMs }).runOnce()
      await until(async () => (await one.find(id)).state === 'leased')
      one.clock.now += leaseMs
      await runAll(committing(other).worker())
      assert.equal((await other.effects()).at(-1), 'left behind')
      end.resolve()
      await lost
    })
  }
}
