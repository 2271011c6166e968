import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Attempt, KeyStore } from '../index.ts'
import { type CurrentFixture, leaseMs, Problem, refusedWith, request, text } from './fixture.ts'

/** A claim that is committed before the work: its lease and its fence. */
export function testClaims<Tx>(current: CurrentFixture<Tx>): void {
  describe('a claim', () => {
    test('keeps equal requests out while it fixture.runs, and tells another one that it is another', async () => {
      const fixture = current()
      const { claimed, goOn, outcome } = fixture.held()
      await claimed
      await assert.rejects(fixture.ask({ claim: 'before' }), {
        ...refusedWith('idempotency.in_progress'),
        status: 409,
        retryAfterSeconds: 1,
      })
      await assert.rejects(fixture.ask(), refusedWith('idempotency.in_progress'))
      await assert.rejects(fixture.ask({ claim: 'before', bodyDigest: 'other' }), refusedWith('idempotency.key_reused'))
      goOn()
      assert.equal(text(await outcome), text(await fixture.ask({ claim: 'before' })))
      assert.equal(fixture.runs, 1)
    })

    test('is taken over when its lease has ended; its late holder is refused and undone', async () => {
      const fixture = current()
      const { claimed, goOn, outcome } = fixture.held()
      const late = await claimed
      fixture.now += leaseMs - 1
      await assert.rejects(fixture.ask({ claim: 'before' }), refusedWith('idempotency.in_progress'))
      fixture.now += 1
      let successor: Attempt<Tx> | undefined
      const taken = await fixture.on().runOnce(request({ claim: 'before' }), (attempt) => {
        successor = attempt
        return fixture.count(attempt)
      })
      assert.equal(late.claim.predecessor, undefined)
      assert.equal(successor?.claim.predecessor, late.claim.id)
      assert.notEqual(successor?.claim.id, late.claim.id)
      goOn()
      await assert.rejects(outcome, refusedWith('idempotency.in_progress'))
      assert.deepEqual(await fixture.opened.notes(), ['run 1'])
      assert.equal(text(await fixture.ask({ claim: 'before' })), text(taken))
    })

    test('that has lapsed is still not for another request', async () => {
      const fixture = current()
      await fixture.held().claimed
      fixture.now += leaseMs
      await assert.rejects(fixture.ask({ claim: 'before', bodyDigest: 'other' }), refusedWith('idempotency.key_reused'))
      assert.equal((await fixture.ask({ claim: 'before' })).replayed, false)
    })

    test('cannot be renewed, released or completed under an old token, even when the key was free in between', async () => {
      const fixture = current()
      const { claimed, goOn, outcome } = fixture.held()
      await claimed
      fixture.now += leaseMs
      await assert.rejects(
        fixture.on().runOnce(request({ claim: 'before' }), () => Promise.reject(new Problem(503))),
        /problem 503/,
      )
      const fresh = fixture.held()
      await fresh.claimed
      goOn()
      await assert.rejects(outcome, refusedWith('idempotency.in_progress'))
      fresh.goOn()
      assert.equal((await fresh.outcome).replayed, false)
      assert.equal((await fixture.opened.notes()).length, 1)
    })

    test('is renewed while its request fixture.runs', async () => {
      const fixture = current()
      const renewed = Promise.withResolvers<number>()
      const store: KeyStore<Tx> = {
        ...fixture.opened.store,
        async renew(tx, claim, leaseUntil) {
          const isRenewed = await fixture.opened.store.renew(tx, claim, leaseUntil)
          renewed.resolve(leaseUntil)
          return isRenewed
        },
      }
      const { claimed, goOn, outcome } = fixture.held(fixture.on({ store, leaseMs: 30 }))
      await claimed
      fixture.now += 20
      assert.equal(await renewed.promise, fixture.now + 30)
      fixture.now += 20
      await assert.rejects(fixture.ask({ claim: 'before' }), refusedWith('idempotency.in_progress'))
      goOn()
      await outcome
    })

    test('is renewed no longer where nobody waits for the answer', async () => {
      const fixture = current()
      const { promise: beaten, resolve: beat } = Promise.withResolvers<void>()
      let beats = 0
      const isAbandoned = () => {
        beats += 1
        if (beats === 2) beat()
        return true
      }
      let renewals = 0
      const renew = async () => {
        renewals += 1
        return true
      }
      const idempotency = fixture.on({ store: { ...fixture.opened.store, renew }, leaseMs: 30 })
      const { claimed, goOn, outcome } = fixture.held(idempotency, { isAbandoned })
      await claimed
      await beaten
      assert.equal(renewals, 0)
      fixture.now += 30
      assert.equal((await fixture.ask({ claim: 'before' })).replayed, false)
      goOn()
      await assert.rejects(outcome, refusedWith('idempotency.in_progress'))
    })

    test('tells its holder when it was lost', async () => {
      const fixture = current()
      const { claimed, goOn, outcome } = fixture.held(
        fixture.on({ store: { ...fixture.opened.store, renew: async () => false }, leaseMs: 30 }),
      )
      const { signal } = await claimed
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      assert.equal(signal.reason.code, 'idempotency.in_progress')
      goOn()
      await outcome
    })
  })
}
