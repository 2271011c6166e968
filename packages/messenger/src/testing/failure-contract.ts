import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GiveUp, PutBack, RetryAfter, type Transaction } from '../index.ts'
import { never, openScene, refusalOf, runAll, type TransportUnderTest } from './scene.ts'

export function failureContract<Tx extends Transaction>(under: TransportUnderTest<Tx>): void {
  it('climbs the ladder and ends in the failed store with the whole history', async () => {
    await using scene = await openScene(under)
    const start = scene.clock.now
    const deliveredAfterMs: number[] = []
    const messenger = scene.messenger(async ({ envelope }) => {
      deliveredAfterMs.push(scene.clock.now - start)
      throw new Error(`attempt ${envelope.attempt}`, { cause: new Error('the cause') })
    })
    const worker = messenger.worker({ name: 'worker-1' })
    const id = await scene.send(messenger, 'go')
    for (let second = 0; second <= 30; second += 1, scene.clock.now += 1_000) await worker.runOnce()
    assert.deepEqual(deliveredAfterMs, [0, 1_000, 3_000, 6_000, 9_000])
    const shown = await messenger.failed.show(id)
    assert.equal(shown?.state, 'failed')
    assert.equal(shown?.lastError, 'Error: attempt 5')
    assert.equal(shown?.payload, '{"text":"go"}')
    assert.deepEqual(
      shown?.failedAttempts.map((each) => [each.attempt, each.worker, each.startedAt - start]),
      deliveredAfterMs.map((afterMs, index) => [index + 1, 'worker-1', afterMs]),
    )
    assert.match(shown?.failedAttempts[0]?.error ?? '', /Error: attempt 1\n {4}at .*failure-contract[\s\S]*caused by: Error: the cause/)
  })

  it('succeeds on a later attempt and keeps the history of the earlier ones', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async ({ envelope }) => {
      if (envelope.attempt < 3) throw new Error('not yet')
    })
    const id = await scene.send(messenger, 'go')
    for (let second = 0; second < 5; second += 1, scene.clock.now += 1_000) await messenger.worker().runOnce()
    const [told] = await messenger.story(id)
    assert.equal(told?.state, 'done')
    assert.equal(told?.attempt, 3)
    assert.deepEqual(
      told?.failedAttempts.map(({ attempt }) => attempt),
      [1, 2],
    )
  })

  it('gives up at once when the handler does', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => {
      throw new GiveUp('no such file')
    })
    const id = await scene.send(messenger, 'go')
    await runAll(messenger.worker())
    const shown = await messenger.failed.show(id)
    assert.deepEqual([shown?.state, shown?.attempt, shown?.lastError], ['failed', 1, 'GiveUp: no such file'])
  })

  it('comes back after the delay the handler names, which counts as an attempt', async () => {
    await using scene = await openScene(under)
    const attempts: number[] = []
    const messenger = scene.messenger(async ({ envelope }) => {
      attempts.push(envelope.attempt)
      if (attempts.length === 1) throw new RetryAfter(50_000)
    })
    await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    scene.clock.now += 49_999
    assert.equal(await messenger.worker().runOnce(), 0)
    scene.clock.now += 1
    assert.equal(await messenger.worker().runOnce(), 1)
    assert.deepEqual(attempts, [1, 2])
  })

  it('puts back what came early, as often as it takes, without counting an attempt', async () => {
    await using scene = await openScene(under)
    const start = scene.clock.now
    const attempts: number[] = []
    const messenger = scene.messenger(async ({ envelope, commit }) => {
      attempts.push(envelope.attempt)
      const [early, past] = [attempts.length < 20, start - 1]
      if (early) await commit(() => Promise.reject(new PutBack(attempts.length === 1 ? start + 7_000 : past)))
    })
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    assert.equal((await scene.find(id)).dueAt, start + 7_000)
    scene.clock.now = start + 7_000
    await messenger.worker().runOnce()
    assert.equal((await scene.find(id)).dueAt, scene.clock.now + 1_000, 'an instant that is past becomes a short delay')
    for (let second = 0; second < 20; second += 1, scene.clock.now += 1_000) await messenger.worker().runOnce()
    const [told] = await messenger.story(id)
    assert.deepEqual(
      attempts,
      Array.from({ length: 20 }, () => 1),
    )
    assert.deepEqual([told?.state, told?.attempt, told?.failedAttempts], ['done', 1, []])
  })

  it('fails at once, and keeps as it is, what cannot be decoded', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async () => assert.fail('handled'))
    const broken = await scene.plant({ payload: '{"text": "cut of' })
    const foreign = await scene.plant({ id: '00000000-0000-7000-8000-000000000001', payload: '{"text":5}' })
    await runAll(messenger.worker())
    const [first, second] = [await messenger.failed.show(broken), await messenger.failed.show(foreign)]
    assert.deepEqual([first?.attempt, first?.payload], [1, '{"text": "cut of'])
    assert.match(first?.lastError ?? '', /not JSON/)
    assert.deepEqual([second?.attempt, second?.payload], [1, '{"text":5}'])
    assert.match(second?.lastError ?? '', /text: expected a string/)
  })

  it('tries what it has no handler for again a minute later each time: a newer process may come that has one', async () => {
    await using scene = await openScene(under)
    const start = scene.clock.now
    const messenger = scene.messenger(async () => undefined)
    const id = await scene.plant({ name: 'contract.newer.v1' })
    for (let attempt = 1; attempt < 5; attempt++) {
      await messenger.worker().runOnce()
      const { state, dueAt, lastError } = await scene.find(id)
      assert.deepEqual([state, dueAt - start], ['pending', attempt * 60_000])
      assert.match(lastError ?? '', /no handler for contract\.newer\.v1/)
      scene.clock.now = dueAt
    }
    await messenger.worker().runOnce()
    assert.equal((await scene.find(id)).state, 'failed')
  })

  it('counts a handler that takes too long as an attempt, and keeps nothing of it', async () => {
    await using scene = await openScene(under)
    const refusals: Promise<unknown>[] = []
    const messenger = scene.messenger(
      ({ signal, commit }) => {
        signal.addEventListener('abort', () => refusals.push(refusalOf(commit(({ sql }) => scene.effect(sql, 'late')))))
        return never()
      },
      { timeLimitMs: 20 },
    )
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    const { state, attempt, lastError } = await scene.find(id)
    assert.deepEqual([state, attempt], ['pending', 1])
    assert.match(lastError ?? '', /took longer than 20 ms/)
    assert.deepEqual(await Promise.all(refusals), ['messenger.time_limit'])
    assert.deepEqual(await scene.effects(), [])
  })

  it('lets a handler commit once', async () => {
    await using scene = await openScene(under)
    const refusals: string[] = []
    const messenger = scene.messenger(async ({ commit }) => {
      await commit(({ sql }) => scene.effect(sql, 'first'))
      const second = commit(({ sql }) => scene.effect(sql, 'second'))
      refusals.push(await refusalOf(second))
      await second
    })
    const id = await scene.send(messenger, 'go')
    await runAll(messenger.worker())
    assert.deepEqual(refusals, ['messenger.committed_twice'])
    assert.deepEqual(await scene.effects(), ['first'])
    assert.equal((await scene.find(id)).state, 'done', 'what was committed stays committed')
  })

  it('does not believe a handler that swallows the error of its commit', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(({ commit }) => commit(() => Promise.reject(new Error('refused'))).catch(() => undefined))
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    const { state, lastError } = await scene.find(id)
    assert.deepEqual([state, lastError], ['pending', 'Error: refused'])
  })

  it('waits for a commit that the handler did not wait for', async () => {
    await using scene = await openScene(under)
    const messenger = scene.messenger(async ({ commit }) => {
      commit(({ sql }) => scene.effect(sql, 'not awaited')).catch(() => undefined)
    })
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    assert.deepEqual(await scene.effects(), ['not awaited'])
    assert.equal((await scene.find(id)).state, 'done')
  })

  it('takes secrets out of the errors it keeps', async () => {
    await using scene = await openScene(under)
    const fail = async () => {
      throw new Error('GET /?sig=hush failed', { cause: new Error('sig=hush') })
    }
    const messenger = scene.messenger(fail, { scrub: (text) => text.replaceAll('hush', '***') })
    const id = await scene.send(messenger, 'go')
    await messenger.worker().runOnce()
    const [told] = await messenger.story(id)
    assert.equal(told?.lastError, 'Error: GET /?sig=*** failed')
    assert.equal(JSON.stringify(told).includes('hush'), false)
  })
}
