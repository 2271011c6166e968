import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GiveUp, type Page, type Transaction } from '../index.ts'
import { echo, note, openScene, runAll, type Scene, type TransportUnderTest } from './scene.ts'

export function storeContract<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  it('lists failed messages page by page, by name and by lane', async () => {
    await using scene = await openScene(under)
    const { messenger, ids } = await withFailures(scene)
    const { failed } = messenger
    assert.deepEqual(await pages((cursor) => failed.list({ limit: 2, cursor })), [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)])
    assert.deepEqual(await pages((cursor) => failed.list({ limit: 2, cursor, lane: 'high' })), [ids.slice(0, 2), ids.slice(2, 3)])
    assert.deepEqual(idsOf(await failed.list({ name: echo.name })), ids.slice(3))
    assert.deepEqual(idsOf(await failed.list({ lane: 'high' })), ids.slice(0, 3))
    assert.deepEqual(idsOf(await failed.list({ lane: 'external' })), [])
    await assert.rejects(failed.list({ cursor: 'made up' }), { code: 'messenger.bad_cursor' })
  })

  it('sends failed messages round again with all their attempts and their history', async () => {
    await using scene = await openScene(under)
    const { messenger, ids, mend } = await withFailures(scene)
    const [first = '', ...others] = ids
    assert.equal(await messenger.failed.retry(first), 1)
    assert.equal(await messenger.failed.retry(first), 0, 'it is not failed any more')
    mend()
    assert.equal(await runAll(messenger.worker()), 1)
    const [told] = await messenger.story(first)
    assert.deepEqual([told?.state, told?.attempt, told?.failedAttempts.length], ['done', 1, 1])
    assert.equal(await messenger.failed.retry({ name: echo.name }), 2)
    assert.equal(await messenger.failed.retry({}), others.length - 2)
    assert.equal(await runAll(messenger.worker()), others.length)
    assert.deepEqual(idsOf(await messenger.failed.list()), [])
  })

  it('removes failed messages with their history, and nothing else', async () => {
    await using scene = await openScene(under)
    const { messenger, ids } = await withFailures(scene)
    const [first = ''] = ids
    const waiting = await scene.send(messenger, 'waits', { delayMs: 1_000 })
    assert.equal(await messenger.failed.remove(waiting), 0)
    assert.equal(await messenger.failed.remove(first), 1)
    assert.equal(await messenger.failed.show(first), undefined)
    assert.deepEqual(await scene.transport.reads.failedAttempts(first), [])
    assert.equal(await messenger.failed.remove({ lane: 'low' }), 2)
    assert.equal(await messenger.failed.remove({}), 2)
    assert.equal((await scene.find(waiting)).state, 'pending')
  })

  it('retries and removes in the transaction at hand, or not at all', async () => {
    await using scene = await openScene(under)
    const { messenger, ids } = await withFailures(scene)
    const [first = '', second = '', ...others] = ids
    const change = (outcome: () => void) =>
      scene.transport.transaction(async (tx) => {
        const outbox = messenger.outbox(tx)
        assert.deepEqual([await outbox.retryFailed(first), await outbox.removeFailed(second)], [true, true])
        assert.deepEqual([await outbox.retryFailed(first), await outbox.removeFailed(second)], [false, false])
        outcome()
      })
    const rollBack = () => {
      throw new Error('rolled back')
    }
    await assert.rejects(change(rollBack), /rolled back/)
    assert.deepEqual(idsOf(await messenger.failed.list()), ids)
    await change(() => undefined)
    assert.deepEqual(idsOf(await messenger.failed.list()), others)
    assert.equal((await scene.find(first)).state, 'pending')
  })

  it('shows the schedule in the order in which it falls due', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => undefined)
    const later = await scene.send(messenger, 'later', { delayMs: 2_000 })
    const sooner = await scene.send(messenger, 'sooner', { delayMs: 1_000, lane: 'external' })
    const latest = await scene.send(messenger, 'latest', { delayMs: 3_000, lane: 'low' })
    assert.deepEqual(await pages((cursor) => messenger.schedule.list({ limit: 1, cursor })), [[sooner], [later], [latest]])
    assert.equal(await messenger.schedule.reschedule(later, scene.clock.now + 4_000), true)
    assert.deepEqual(idsOf(await messenger.schedule.list()), [sooner, latest, later])
    assert.equal((await messenger.schedule.show(latest))?.payload, '{"text":"latest"}')
    assert.equal(await messenger.schedule.cancel(latest), true)
    assert.equal(await messenger.schedule.show(latest), undefined)
    assert.equal(await messenger.schedule.runNow(later), true)
    assert.equal(await messenger.worker().runOnce(), 1)
    assert.equal((await scene.find(later)).state, 'done')
    await assert.rejects(messenger.schedule.reschedule(sooner, Number.NaN), { code: 'messenger.bad_option' })
  })

  it('counts each lane by what its messages are up to', async () => {
    await using scene = await openScene(under)
    const start = scene.clock.now
    const { messenger, mend } = await withFailures(scene)
    mend()
    await scene.send(messenger, 'done')
    await runAll(messenger.worker())
    await scene.send(messenger, 'waits')
    await scene.send(messenger, 'delayed', { delayMs: 60_000 })
    scene.clock.now += 5_000
    const [high, low, external] = await messenger.stats()
    assert.deepEqual(
      { ...high },
      {
        lane: 'high',
        ...{ waiting: 1, dispatched: 0, delayed: 1, running: 0, failed: 3, handledLastMinute: 1 },
        ...{ oldestWaitingAt: start, oldestRunningAt: null, oldestFailedAt: start, nextDueAt: start + 60_000 },
      },
    )
    assert.deepEqual([low?.lane, low?.failed, low?.waiting], ['low', 2, 0])
    assert.deepEqual([external?.lane, external?.failed, external?.oldestFailedAt], ['external', 0, null])
  })

  it('prunes what came to a good end long enough ago, in batches, and keeps what failed', async () => {
    await using scene = await openScene(under)
    const { messenger, ids, mend } = await withFailures(scene)
    mend()
    for (let index = 0; index < 3; index += 1) await scene.send(messenger, 'done', { dedupeKey: `key ${index}` })
    const cancelled = await scene.send(messenger, 'cancelled', { delayMs: 1 })
    await messenger.schedule.cancel(cancelled)
    const expired = await scene.send(messenger, 'expired', { notAfter: 0 })
    await runAll(messenger.worker())
    scene.clock.now += 1_001
    const young = await scene.send(messenger, 'young')
    await runAll(messenger.worker())
    const batches: number[] = []
    for (let removed = -1; removed !== 0; ) {
      removed = await messenger.prune({ olderThanMs: 1_000, limit: 2 })
      batches.push(removed)
    }
    assert.deepEqual(batches, [2, 2, 1, 0])
    assert.equal(await scene.transport.reads.find(expired), undefined)
    assert.equal((await scene.find(young)).state, 'done')
    assert.deepEqual(idsOf(await messenger.failed.list()), ids)
  })
}

/** Three notes and two echoes that failed, in the order of their ids. `mend` lets them pass from now on. */
async function withFailures<Tx extends Transaction>(scene: Scene<Tx>) {
  let isBroken = true
  const messenger = scene.messenger(async () => {
    if (isBroken) throw new GiveUp('broken')
  })
  const ids = await scene.transport.transaction(async (tx) => {
    const made: string[] = []
    for (const contract of [note, note, note, echo, echo]) made.push(await messenger.outbox(tx).dispatch(contract, { text: 'fails' }))
    return made
  })
  await runAll(messenger.worker())
  return { messenger, ids, mend: () => (isBroken = false) }
}

const idsOf = (page: Page) => page.items.map(({ id }) => id)

async function pages(list: (cursor: string | undefined) => Promise<Page>): Promise<string[][]> {
  const found: string[][] = []
  for (let cursor: string | undefined | null; cursor !== null; ) {
    const page: Page = await list(cursor)
    found.push(idsOf(page))
    cursor = page.next
  }
  return found
}
