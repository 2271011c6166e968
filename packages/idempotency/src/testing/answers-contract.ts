import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { recordId } from '../fingerprint.ts'
import type { Checkpoint, Committed, KeyedRequest } from '../index.ts'
import { unseal } from '../seal.ts'
import { type CurrentFixture, leaseMs, Problem, refusedWith, request, text, ttlMs } from './fixture.ts'

const checkpoints: readonly Checkpoint[] = ['looked-up', 'effect-written', 'answer-written', 'committed']

/** What holds whichever way a key is claimed. */
export function testAnswers<Tx>(claim: KeyedRequest['claim'], current: CurrentFixture<Tx>): void {
  describe(`claimed ${claim}`, () => {
    test('an equal request gets the bytes of the first answer, and the effect is there once', async () => {
      const fixture = current()
      const first = await fixture.ask({ claim })
      const second = await fixture.ask({ claim })
      assert.deepEqual([first.replayed, second.replayed], [false, true])
      assert.deepEqual([text(first), text(second)], ['{"run":1}', '{"run":1}'])
      assert.equal(second.answer.status, 201)
      assert.deepEqual(second.answer.headers, { 'content-type': 'application/json; charset=utf-8' })
      assert.deepEqual(await fixture.opened.notes(), ['run 1'])
    })

    test('a sealed answer is replayed, and cannot be read in the store', async () => {
      const fixture = current()
      const first = await fixture.ask({ claim, sealed: true })
      const second = await fixture.ask({ claim, sealed: true })
      assert.deepEqual([second.replayed, text(second)], [true, text(first)])
      const { scope, key } = request({})
      const stored = await fixture.opened.store.find(recordId(scope, key))
      assert.ok(stored?.answer && !Buffer.from(stored.answer.body).includes('run'))
      assert.throws(() => stored.answer && unseal(stored.answer, `${key}-`))
    })

    test('1,000 equal requests at once have one effect', async () => {
      const fixture = current()
      const outcomes = await Promise.allSettled(Array.from({ length: 1_000 }, () => fixture.ask({ claim })))
      const answered = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason.code)
      assert.equal((await fixture.opened.notes()).length, 1)
      assert.equal(new Set(answered.map(text)).size, 1)
      assert.equal(answered.filter(({ replayed }) => !replayed).length, 1)
      assert.ok(refused.every((code) => claim === 'before' && code === 'idempotency.in_progress'))
      const repeated = await Promise.all(refused.map(() => fixture.ask({ claim })))
      assert.equal(new Set([...answered, ...repeated].map(text)).size, 1)
      assert.equal(answered.length + repeated.length, 1_000)
    })

    test('another request under the key is refused, and the record stays as it was', async () => {
      const fixture = current()
      await fixture.ask({ claim })
      await assert.rejects(fixture.ask({ claim, bodyDigest: 'other' }), { ...refusedWith('idempotency.key_reused'), status: 422 })
      await assert.rejects(fixture.ask({ claim, headDigest: 'other' }), refusedWith('idempotency.key_reused'))
      assert.equal(text(await fixture.ask({ claim })), '{"run":1}')
      assert.equal(fixture.runs, 1)
    })

    test('the same key of another principal or tenant is another key', async () => {
      const fixture = current()
      const scopes = [
        { tenant: 'tenant', principal: 'principal' },
        { tenant: 'tenant', principal: 'other' },
        { tenant: 'other', principal: 'principal' },
        { tenant: 'tenantp', principal: 'rincipal' },
      ]
      const outcomes = await Promise.all(scopes.map((scope, at) => fixture.ask({ claim, scope, bodyDigest: `body ${at}` })))
      assert.deepEqual(
        outcomes.map(({ replayed }) => replayed),
        [false, false, false, false],
      )
      assert.equal((await fixture.opened.notes()).length, 4)
    })

    test('an answer that lasts is stored, whether returned or thrown; what was thrown has no effect', async () => {
      const fixture = current()
      for (const status of [200, 204, 303, 400, 404, 410, 412, 413, 415, 422]) {
        const thrown = await fixture.on().runOnce(request({ claim, key: `thrown ${status}` }), (attempt) =>
          attempt.commit(async (tx) => {
            await fixture.opened.note(tx, 'undone')
            throw new Problem(status)
          }),
        )
        const again = await fixture.ask({ claim, key: `thrown ${status}` })
        assert.deepEqual([again.answer.status, again.replayed, text(again)], [status, true, text(thrown)])

        await fixture.on().runOnce(request({ claim, key: `returned ${status}` }), (attempt) => attempt.commit(async () => ({ status })))
        assert.equal((await fixture.ask({ claim, key: `returned ${status}` })).answer.status, status)
      }
      const before = await fixture.on().runOnce(request({ claim, key: 'before' }), async () => {
        throw new Problem(404)
      })
      assert.equal(text(await fixture.ask({ claim, key: 'before' })), text(before))
      assert.deepEqual(await fixture.opened.notes(), [])
      assert.equal(fixture.runs, 0)
    })

    test('an answer that may change is not stored: its effect is undone, and the key is free', async () => {
      const fixture = current()
      for (const status of [401, 403, 408, 409, 423, 425, 429, 500, 502, 503, 507]) {
        const key = `key ${status}`
        const failing = fixture.on().runOnce(request({ claim, key }), (attempt) =>
          attempt.commit(async (tx) => {
            await fixture.opened.note(tx, 'undone')
            throw new Problem(status)
          }),
        )
        await assert.rejects(failing, { message: `problem ${status}` })
        const returned = await fixture.on().runOnce(request({ claim, key }), (attempt) =>
          attempt.commit(async (tx) => {
            await fixture.opened.note(tx, 'undone')
            return { status }
          }),
        )
        assert.deepEqual([returned.answer.status, returned.replayed], [status, false])
        assert.equal((await fixture.ask({ claim, key, bodyDigest: 'mended' })).answer.status, 201)
      }
      assert.equal((await fixture.opened.notes()).includes('undone'), false)
    })

    test('a second commit, none, or the commit of another request is refused', async () => {
      const fixture = current()
      const twice = fixture.on().runOnce(request({ claim, key: 'none' }), async (attempt) => {
        await assert.rejects(
          attempt.commit(() => Promise.reject(new Error('first'))),
          /first/,
        )
        return attempt.commit(async () => ({ status: 200 }))
      })
      await assert.rejects(twice, /commit was called twice/)
      let foreign: Committed | undefined
      await fixture.on().runOnce(request({ claim, key: 'other' }), async (attempt) => {
        foreign = await fixture.count(attempt)
        return foreign
      })
      const borrowed = fixture.on().runOnce(request({ claim, key: 'none' }), async () => foreign as Committed)
      await assert.rejects(borrowed, /without what its commit gave it|ended without/)
      assert.equal((await fixture.ask({ claim, key: 'none' })).replayed, false)
    })

    test('an expired key starts anew, also for another request', async () => {
      const fixture = current()
      await fixture.ask({ claim })
      fixture.now += ttlMs - 1
      assert.equal(text(await fixture.ask({ claim })), '{"run":1}')
      fixture.now += 1
      const anew = await fixture.ask({ claim, bodyDigest: 'other' })
      assert.deepEqual([text(anew), anew.replayed], ['{"run":2}', false])
      assert.equal(text(await fixture.ask({ claim, bodyDigest: 'other' })), '{"run":2}')
    })

    for (const step of claim === 'before' ? (['claimed', ...checkpoints] as const) : checkpoints) {
      test(`of a request that crashed at "${step}", a repeat makes one effect`, async () => {
        const fixture = current()
        // Inside the transaction a crash is a rollback; outside of it the request just never goes on.
        const isInside = step === 'effect-written' || step === 'answer-written'
        const { promise: reached, resolve: reach } = Promise.withResolvers<void>()
        const checkpoint = async (at: Checkpoint): Promise<void> => {
          if (at !== step) return
          reach()
          if (isInside) throw new Error('crash')
          await fixture.end
        }
        // With the process gone nobody releases the claim either.
        const store = { ...fixture.opened.store, release: async () => true, renew: async () => true }
        const crashing = fixture.track(fixture.ask({ claim }, fixture.on({ checkpoint, store })))
        await reached
        await Promise.allSettled(isInside ? [crashing] : [])
        fixture.now += leaseMs
        const repeated = await fixture.ask({ claim })
        assert.equal(repeated.replayed, step === 'committed')
        assert.deepEqual(await fixture.opened.notes(), [text(repeated).replace(/\D+(\d+)\D+/, 'run $1')])
        assert.equal(text(await fixture.ask({ claim })), text(repeated))
      })
    }
  })
}
