import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createMessenger, type Transaction } from '../index.ts'
import {
  breakable,
  echo,
  handling,
  ladder,
  never,
  note,
  openScene,
  refusalOf,
  type Scene,
  type TransportUnderTest,
  until,
} from './scene.ts'

export function workerContract<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  it('parts its slots by the weights of the lanes that wait: the heavy one first, the light ones always', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const messenger = scene.messenger(async ({ envelope }) => handled.push(envelope.lane))
    await fill(scene, { high: 100, low: 100, external: 100 })
    const lanes = { high: { slots: 50, weight: 8 }, low: { slots: 50, weight: 2 }, external: { slots: 50, weight: 1 } }
    const worker = messenger.worker({ lanes, slots: 11 })
    for (let round = 1; round <= 5; round += 1) await worker.runOnce()
    const count = (lane: string) => handled.filter((each) => each === lane).length
    assert.deepEqual([count('high'), count('low'), count('external')], [40, 10, 5])
    assert.deepEqual(new Set(handled.slice(0, 8)), new Set(['high']))

    handled.length = 0
    const narrow = messenger.worker({ lanes, slots: 1 })
    for (let round = 1; round <= 22; round += 1) await narrow.runOnce()
    assert.deepEqual([count('high'), count('low'), count('external')], [16, 4, 2], 'also one at a time')
  })

  it('keeps for each lane that waits its part of the slots, also while the handlers of another take longer', async () => {
    await using scene = await openScene(under)
    const [stop, begun, allLow] = [new AbortController(), Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const highAtLow: number[] = []
    let high = 0
    const messenger = scene.messenger(async ({ envelope }) => {
      if (envelope.lane === 'high') {
        high += 1
        return high > 8 ? undefined : allLow.promise
      }
      highAtLow.push(high)
      if (highAtLow.length === 100) allLow.resolve()
      return highAtLow.length > 2 ? undefined : begun.promise
    })
    const lanes = { high: { slots: 100, weight: 8 }, low: { slots: 100, weight: 2 } }
    const ran = messenger.worker({ lanes, slots: 10 }).run(stop.signal)
    await fill(scene, { low: 2 }, messenger)
    await until(() => highAtLow.length === 2)
    await fill(scene, { high: 300 }, messenger)
    await until(() => high === 8)
    await fill(scene, { low: 98 }, messenger)
    begun.resolve()
    await until(() => highAtLow.length === 100)
    stop.abort()
    await ran
    assert.equal(highAtLow[20], highAtLow[90], 'the two others stayed with low for as long as it had messages')
  })

  it('lets no lane that hangs slow the others', async () => {
    await using scene = await openScene(under)
    let high = 0
    const stop = new AbortController()
    const messenger = scene.messenger(async ({ envelope }) => {
      if (envelope.lane === 'external') return never()
      high += 1
      if (high === 40) stop.abort()
    })
    await fill(scene, { high: 40, external: 40 })
    const lanes = { high: { slots: 4, weight: 1 }, external: { slots: 4, weight: 50 } }
    await messenger.worker({ lanes, graceMs: 0 }).run(stop.signal)
    assert.equal(high, 40)
    const [external] = (await messenger.stats()).filter(({ lane }) => lane === 'external')
    assert.deepEqual([external?.waiting, external?.running], [40, 0], 'what hung was handed back')
  })

  it('wakes when something is dispatched, falls due or is sent round again', async () => {
    await using scene = await openScene(under)
    const handled: string[] = []
    const stop = new AbortController()
    const messenger = scene.messenger(async ({ payload, envelope }) => {
      handled.push(`${payload.text} ${envelope.attempt}`)
    })
    const worker = messenger.worker()
    const ran = worker.run(stop.signal)
    await scene.send(messenger, 'at once')
    await until(() => handled.length === 1)
    const id = await scene.send(messenger, 'later', { delayMs: 1_000_000 })
    assert.equal(await messenger.schedule.runNow(id), true)
    await until(() => handled.length === 2)
    await scene.send(messenger, 'due', { delayMs: 500 })
    scene.clock.now += 500
    await until(() => handled.length === 3)
    assert.deepEqual(handled, ['at once 1', 'later 1', 'due 1'])

    const began = performance.now()
    for (let count = 1; count <= 30; count += 1) {
      await scene.send(messenger, 'one after the other')
      await until(() => handled.length === 3 + count && worker.health().running === 0)
    }
    assert.ok(performance.now() - began < 15_000, 'a worker that only looked once a second would take 30 seconds')
    stop.abort()
    assert.equal(await ran, 'signal')
  })

  it('finishes what runs when it is told to stop, and takes nothing more', async () => {
    await using scene = await openScene(under)
    const [stop, resume] = [new AbortController(), Promise.withResolvers<void>()]
    const messenger = scene.messenger(async ({ payload, commit }) => {
      stop.abort()
      await resume.promise
      await commit(({ sql }) => scene.effect(sql, payload.text))
    })
    await scene.send(messenger, 'runs')
    const ran = messenger.worker({ lanes: { high: { slots: 1, weight: 1 } } }).run(stop.signal)
    await until(() => stop.signal.aborted)
    const waiting = await scene.send(messenger, 'waits')
    resume.resolve()
    assert.equal(await ran, 'signal')
    assert.deepEqual(await scene.effects(), ['runs'])
    assert.deepEqual(pick(await scene.find(waiting)), ['pending', 0])
  })

  it('hands back what is not finished when the grace ends, without counting an attempt or keeping its effect', async () => {
    await using scene = await openScene(under)
    const [stop, resume] = [new AbortController(), Promise.withResolvers<void>()]
    const refusals: Promise<unknown>[] = []
    const messenger = scene.messenger(async ({ commit, signal }) => {
      if (refusals.length > 0) return commit(({ sql }) => scene.effect(sql, 'by the next'))
      signal.addEventListener('abort', () => refusals.push(refusalOf(commit(({ sql }) => scene.effect(sql, 'too late')))))
      stop.abort()
      await resume.promise
    })
    const id = await scene.send(messenger, 'go')
    assert.equal(await messenger.worker({ graceMs: 5 }).run(stop.signal), 'signal')
    assert.deepEqual(pick(await scene.find(id)), ['pending', 0])
    assert.deepEqual(await Promise.all(refusals), ['messenger.lease_lost'])
    assert.equal(await messenger.worker().runOnce(), 1)
    assert.deepEqual(await scene.effects(), ['by the next'])
    resume.resolve()
  })

  it('stops after so many messages, so many seconds, so much memory', async () => {
    await using scene = await openScene(under)
    let handled = 0
    const messenger = scene.messenger(async () => {
      handled += 1
    })
    await fill(scene, { high: 30 })
    const { signal } = new AbortController()
    assert.equal(await messenger.worker({ limits: { maxMessages: 7 } }).run(signal), 'max-messages')
    assert.equal(handled, 7)
    assert.equal(await messenger.worker({ limits: { maxMemoryMb: 1 } }).run(signal), 'max-memory')
    assert.equal(handled, 7)
    assert.equal(await messenger.worker({ limits: { maxSeconds: 0.05 } }).run(signal), 'max-seconds')
    await until(async () => {
      await messenger.worker().runOnce()
      return handled === 30
    })
  })

  it('waits while the transport is away, goes on when it is back, and loses nothing', async () => {
    await using scene = await openScene(under)
    const transport = breakable(scene.transport)
    const handled: string[] = []
    const messenger = createMessenger({
      transport,
      contracts: [note, echo],
      handlers: handling<Tx>(async ({ payload }) => handled.push(payload.text)),
      retry: ladder,
    })
    const stop = new AbortController()
    const worker = messenger.worker()
    const ran = worker.run(stop.signal)
    const before = await scene.send(messenger, 'before')
    await until(async () => (await scene.find(before)).state === 'done' && worker.health().running === 0)
    transport.isDown = true
    await until(() => worker.health().pausedBy !== null)
    const { lastProgressAt } = worker.health()
    const refusals = transport.refusals
    await until(() => transport.refusals > refusals)
    assert.equal(worker.health().lastProgressAt, lastProgressAt)
    const id = await scene.send(scene.messenger(never), 'meanwhile')
    transport.isDown = false
    await until(() => handled.length === 2)
    assert.equal(worker.health().pausedBy, null)
    stop.abort()
    await ran
    assert.deepEqual(pick(await scene.find(id)), ['done', 1])
  })

  it('writes the receipt once the transport is back when it went away under a handler', async () => {
    await using scene = await openScene(under)
    const transport = breakable(scene.transport)
    let deliveries = 0
    const handlers = handling<Tx>(async () => {
      deliveries += 1
      transport.isDown = true
    })
    const messenger = createMessenger({ transport, contracts: [note, echo], handlers, retry: ladder })
    const id = await scene.send(messenger, 'go')
    const ran = messenger.worker().runOnce()
    await until(() => transport.refusals > 1)
    transport.isDown = false
    await ran
    assert.equal(deliveries, 1)
    assert.deepEqual(pick(await scene.find(id)), ['done', 1])
  })
}

const pick = ({ state, attempt }: { readonly state: string; readonly attempt: number }) => [state, attempt]

async function fill<Tx extends Transaction>(
  scene: Scene<Tx>,
  counts: Readonly<Record<string, number>>,
  messenger = scene.messenger(never),
): Promise<void> {
  await scene.transport.transaction(async (tx) => {
    for (const [lane, count] of Object.entries(counts)) {
      for (let index = 0; index < count; index += 1) await messenger.outbox(tx).dispatch(note, { text: lane }, { lane })
    }
  })
}
