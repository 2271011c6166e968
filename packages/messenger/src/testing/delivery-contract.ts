import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Envelope, Transaction } from '../index.ts'
import { echo, never, note, openScene, runAll, type Scene, type TransportUnderTest } from './scene.ts'

const day = 86_400_000

export function deliveryContract<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  it('delivers what a committed transaction dispatched, each once', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
    const texts = Array.from({ length: 150 }, (_, index) => `text ${index}`)
    await scene.transport.transaction(async (tx) => {
      for (const text of texts) await messenger.outbox(tx).dispatch(note, { text })
    })
    assert.equal(await runAll(messenger.worker()), 150)
    assert.deepEqual(handled.toSorted(), texts.toSorted())
    assert.equal(await runAll(messenger.worker()), 0)
  })

  it('delivers nothing of a transaction that rolled back', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => assert.fail('delivered'))
    const rolledBack = scene.transport.transaction(async (tx) => {
      await messenger.outbox(tx).dispatch(note, { text: 'never said' }, { dedupeKey: 'key' })
      throw new Error('changed my mind')
    })
    await assert.rejects(rolledBack, /changed my mind/)
    assert.equal(await messenger.worker().runOnce(), 0)
    assert.deepEqual((await messenger.schedule.list()).items, [])
  })

  it("commits a handler's effect, its messages and the receipt together, or none of them", async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async ({ payload, envelope, commit }) => {
      if (payload.text === 'echo') return
      await commit(async ({ sql, outbox }) => {
        await scene.effect(sql, `effect of attempt ${envelope.attempt}`)
        await outbox.dispatch(echo, { text: 'echo' })
        if (envelope.attempt === 1) throw new Error('too early')
      })
    })
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    assert.deepEqual(await scene.effects(), [])
    scene.clock.now += 1_000
    assert.equal(await runAll(messenger.worker()), 2)
    assert.deepEqual(await scene.effects(), ['effect of attempt 2'])
    assert.equal((await scene.find(id)).state, 'done')
  })

  it('answers what the effect answers, and leaves no lease behind', async () => {
    await using scene = await openScene(under)
    const answers: number[] = []
    const messenger = scene.messenger(async ({ commit }) => answers.push(await commit(async () => 42)))
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    const { state, leaseToken, leaseUntil, handledAt, attempt } = await scene.find(id)
    assert.deepEqual(answers, [42])
    assert.deepEqual(
      { state, leaseToken, leaseUntil, handledAt, attempt },
      { state: 'done', leaseToken: null, leaseUntil: null, handledAt: scene.clock.now, attempt: 1 },
    )
  })

  it("delays by the transport's clock, to the millisecond", async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
    const worker = messenger.worker()
    await scene.send(messenger, 'after a minute', { delayMs: 60_000 })
    await scene.send(messenger, 'in ten years', { dueAt: scene.clock.now + 3_652 * day })
    scene.clock.now += 59_999
    assert.equal(await worker.runOnce(), 0)
    scene.clock.now += 1
    assert.equal(await worker.runOnce(), 1)
    scene.clock.now += 3_651 * day
    assert.equal(await worker.runOnce(), 0)
    scene.clock.now += day
    assert.equal(await worker.runOnce(), 1)
    assert.deepEqual(handled, ['after a minute', 'in ten years'])
  })

  it('cancels and reschedules what waits, and says when it is too late', async () => {
    await using scene = await openScene(under)
    const whileRunning: boolean[] = []
    const messenger = scene.messenger(async ({ envelope }) => {
      whileRunning.push(await messenger.schedule.cancel(envelope.id), await messenger.schedule.reschedule(envelope.id, 0))
    })
    const worker = messenger.worker()
    const [cancelled, moved] = [await scene.send(messenger, 'a', { delayMs: day }), await scene.send(messenger, 'b', { delayMs: day })]
    const inTransaction = (change: (outbox: ReturnType<typeof messenger.outbox>) => Promise<boolean>) =>
      scene.transport.transaction((tx) => change(messenger.outbox(tx)))
    assert.equal(await inTransaction((outbox) => outbox.cancel(cancelled)), true)
    assert.equal(await inTransaction((outbox) => outbox.cancel(cancelled)), false)
    assert.equal(await inTransaction((outbox) => outbox.reschedule(cancelled, 0)), false)
    assert.equal(await inTransaction((outbox) => outbox.reschedule(moved, scene.clock.now + 5)), true)
    scene.clock.now += 5
    assert.equal(await runAll(worker), 1)
    assert.deepEqual(whileRunning, [false, false])
    assert.equal(await inTransaction((outbox) => outbox.cancel(moved)), false)
    assert.equal(await messenger.schedule.cancel('00000000-0000-7000-8000-00000000dead'), false)
    scene.clock.now += 2 * day
    assert.equal(await worker.runOnce(), 0)
    assert.deepEqual([(await scene.find(cancelled)).state, (await scene.find(moved)).state], ['cancelled', 'done'])
  })

  it('takes a cancellation back with its transaction', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => undefined)
    const id = await scene.send(messenger, 'stays')
    const rolledBack = scene.transport.transaction(async (tx) => {
      assert.equal(await messenger.outbox(tx).cancel(id), true)
      throw new Error('no')
    })
    await assert.rejects(rolledBack, /no/)
    assert.equal(await messenger.worker().runOnce(), 1)
  })

  it('keeps one message per contract and dedupe key', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
    const first = await scene.send(messenger, 'first', { dedupeKey: 'key' })
    assert.equal(await scene.send(messenger, 'second', { dedupeKey: 'key' }), first)
    await scene.transport.transaction(async (tx) => {
      const outbox = messenger.outbox(tx)
      const other = await outbox.dispatch(echo, { text: 'of another contract' }, { dedupeKey: 'key' })
      assert.notEqual(other, first)
      assert.equal(await outbox.dispatch(echo, { text: 'in one transaction' }, { dedupeKey: 'key' }), other)
    })
    await runAll(messenger.worker())
    assert.equal(await scene.send(messenger, 'after it was handled', { dedupeKey: 'key' }), first)
    assert.deepEqual(handled, ['first', 'of another contract'])
  })

  it('does not handle what is past its last useful moment', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
    const notAfter = scene.clock.now + 1_000
    const late = await scene.send(messenger, 'late', { notAfter })
    await scene.send(messenger, 'in time', { notAfter: notAfter + 1 })
    scene.clock.now = notAfter + 1
    await runAll(messenger.worker())
    assert.deepEqual(handled, ['in time'])
    const { state, attempt } = await scene.find(late)
    assert.deepEqual({ state, attempt }, { state: 'expired', attempt: 0 })
  })

  it('refuses what is too large, by its bytes, and stages nothing', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => undefined, { maxMessageBytes: 20 })
    await assert.rejects(scene.send(messenger, 'éééééé'), { code: 'messenger.too_large', message: /23 bytes, at most 20/ })
    assert.equal(await messenger.worker().runOnce(), 0)
    await scene.send(messenger, 'eeeeee')
    assert.equal(await messenger.worker().runOnce(), 1)
  })

  it('tells the handler, its surroundings and its messages where they belong', async () => {
    await using scene = await openScene(under)
    const told: Envelope[] = []
    const around: string[] = []
    const messenger = scene.messenger(
      async ({ payload, envelope, commit }) => {
        told.push(envelope)
        if (payload.text !== 'echo') await commit(({ outbox }) => outbox.dispatch(echo, { text: 'echo' }))
      },
      {
        stamp: () => ({ correlationId: 'story-1', causationId: 'request-1', traceparent: '00-trace', tenant: 'tenant-1' }),
        around: async ({ id }, run) => {
          around.push(`into ${id}`)
          await run()
          around.push(`out of ${id}`)
        },
      },
    )
    const id = await scene.send(messenger, 'go')
    await runAll(messenger.worker())
    const [first, second] = told
    const shared = { attempt: 1, correlationId: 'story-1', traceparent: '00-trace', tenant: 'tenant-1', createdAt: scene.clock.now }
    assert.deepEqual(first, { ...shared, id, name: note.name, lane: 'high', causationId: 'request-1' })
    assert.deepEqual(second, { ...shared, id: second?.id, name: echo.name, lane: 'low', causationId: id })
    assert.deepEqual(around, [`into ${id}`, `out of ${id}`, `into ${second?.id}`, `out of ${second?.id}`])
    const story = await messenger.story('story-1')
    assert.deepEqual(
      story.map((each) => [each.id, each.state]),
      [
        [id, 'done'],
        [second?.id, 'done'],
      ],
    )
    assert.deepEqual(await messenger.story('another'), [])
  })

  it('begins a story of its own where nobody stamps', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => undefined)
    const id = await scene.send(messenger, 'go')
    assert.deepEqual(
      (await messenger.story(id)).map((each) => each.id),
      [id],
    )
  })

  if (under.capabilities.includes('ordered')) {
    it('gives one slot the messages of a lane in the order they fall due', async () => {
      await using scene = await openScene(under)
      const handled: string[] = []
      const messenger = scene.messenger(async ({ payload }) => handled.push(payload.text))
      const inOrder = Array.from({ length: 60 }, (_, index) => `equal ${index}`)
      await scene.send(messenger, 'later', { delayMs: 20 })
      for (const text of inOrder) await scene.send(messenger, text, { delayMs: 10 })
      await scene.send(messenger, 'sooner', { delayMs: 5 })
      scene.clock.now += 20
      await runAll(messenger.worker({ lanes: { high: { slots: 1, weight: 1 } } }))
      assert.deepEqual(handled, ['sooner', ...inOrder, 'later'])
    })
  }

  if (under.capabilities.includes('durable')) {
    it('keeps what was committed when the process ends', async () => {
      await using next = await keptBy(under)
      next.clock.now += 1_000
      const handled: string[] = []
      await next
        .messenger(async ({ payload }) => handled.push(payload.text))
        .worker()
        .runOnce()
      assert.deepEqual(handled, ['kept'])
    })
  }
}

/** The messages of a process that dispatched one and ended. */
async function keptBy<Tx extends Transaction>(under: TransportUnderTest<Tx>): Promise<Scene<Tx>> {
  await using scene = await openScene(under)
  await scene.send(scene.messenger(never), 'kept', { delayMs: 1_000 })
  return await scene.again()
}
