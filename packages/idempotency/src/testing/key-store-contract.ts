import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Answer, Committed } from '../index.ts'
import { testAnswers } from './answers-contract.ts'
import { testClaims } from './claim-contract.ts'
import { type CurrentFixture, claims, Fixture, leaseMs, type OpenedStore, Problem, refusedWith, request, text, ttlMs } from './fixture.ts'
import { testStreamedBodies } from './streamed-contract.ts'

export type { OpenedStore } from './fixture.ts'

/** What every store has to hold. Call it in a test file; `open` is called for each test. */
export function testKeyStore<Tx>(name: string, open: () => Promise<OpenedStore<Tx>>): void {
  describe(`idempotency on ${name}`, () => {
    let fixture: Fixture<Tx>
    const current = () => fixture
    beforeEach(async () => {
      fixture = new Fixture(await open())
    })
    afterEach(() => fixture.close())

    for (const claim of claims) testAnswers(claim, current)
    testClaims(current)
    testStreamedBodies(current)
    testRecords(current)
  })
}

function testRecords<Tx>(current: CurrentFixture<Tx>): void {
  test('each write names the claim and the state that it expects, and writes nothing otherwise', async () => {
    const { now, opened } = current()
    const { store, transaction } = opened
    const claim = { id: '0'.repeat(64), token: 'first', headDigest: 'h', bodyDigest: undefined, leaseUntil: now + 1, expiresAt: now + 2 }
    const next = { ...claim, token: 'next' }
    const completion = { answer: { status: 200, headers: {}, body: '' }, bodyDigest: 'b', expiresAt: now + 2 }
    const steps: readonly (readonly [expected: boolean, write: (tx: Tx) => Promise<boolean>])[] = [
      [true, (tx) => store.insert(tx, claim)],
      [false, (tx) => store.insert(tx, next)],
      [false, (tx) => store.takeOver(tx, next, 'first', now)],
      [false, (tx) => store.takeOver(tx, next, 'other', now + 1)],
      [true, (tx) => store.renew(tx, claim, now + 2)],
      [false, (tx) => store.takeOver(tx, next, 'first', now + 1)],
      [true, (tx) => store.takeOver(tx, next, 'first', now + 2)],
      [false, (tx) => store.renew(tx, claim, now + 9)],
      [false, (tx) => store.complete(tx, claim, completion)],
      [false, (tx) => store.release(tx, claim)],
      [true, (tx) => store.complete(tx, next, completion)],
      [false, (tx) => store.complete(tx, next, completion)],
      [false, (tx) => store.renew(tx, next, now + 9)],
      [false, (tx) => store.release(tx, next)],
      [false, (tx) => store.takeOver(tx, claim, 'next', now + 9)],
      [false, (tx) => store.removeExpired(tx, next, now + 1)],
      [false, (tx) => store.removeExpired(tx, claim, now + 2)],
      [true, (tx) => store.removeExpired(tx, next, now + 2)],
      [true, (tx) => store.insert(tx, claim)],
      [true, (tx) => store.release(tx, claim)],
    ]
    for (const [at, [expected, write]] of steps.entries()) assert.equal(await transaction(write), expected, `step ${at}`)
    assert.equal(await store.find(claim.id), undefined)
  })

  test('large answers and bytes come back as they were, and go with their record', async () => {
    const fixture = current()
    const bytes = new Uint8Array(300 * 1024).map((_, at) => at % 251)
    const bodies = [bytes, bytes.subarray(0, 100), 'é'.repeat(200_000), { text: 'é\u2028' }]
    for (const [at, body] of bodies.entries()) {
      const once = () => fixture.on().runOnce(request({ key: `key ${at}` }), (attempt) => fixture.count(attempt, { body }))
      const first = await once()
      const second = await once()
      assert.ok(second.replayed)
      assert.ok(Buffer.from(first.answer.body).equals(Buffer.from(second.answer.body)))
    }
    fixture.now += ttlMs
    assert.equal(text(await fixture.ask({ key: 'key 0' })), `{"run":${fixture.runs}}`)
    assert.equal(await fixture.on().prune(10), bodies.length - 1)
  })

  test('headers of one connection, moment or attempt are sent but not replayed', async () => {
    const fixture = current()
    const headers = {
      Location: '/files/1',
      'Set-Cookie': ['a=1', 'b=2'],
      Date: 'today',
      'X-Correlation-ID': 'one',
      Link: ['</a>', '</b>'],
    }
    const once = () => fixture.on().runOnce(request(), (attempt) => fixture.count(attempt, { headers }))
    assert.deepEqual((await once()).answer.headers['set-cookie'], ['a=1', 'b=2'])
    const { answer } = await once()
    assert.deepEqual(Object.keys(answer.headers).toSorted(), ['content-type', 'link', 'location'])
    assert.deepEqual(answer.headers['link'], ['</a>', '</b>'])
  })

  test('expired records are pruned in batches, and no others', async () => {
    const fixture = current()
    for (const key of ['a', 'b', 'c']) await fixture.ask({ key })
    fixture.now += ttlMs
    await fixture.ask({ key: 'live' })
    assert.deepEqual([await fixture.on().prune(2), await fixture.on().prune(2), await fixture.on().prune(2)], [2, 1, 0])
    assert.equal((await fixture.ask({ key: 'live' })).replayed, true)
    assert.equal((await fixture.ask({ key: 'a' })).replayed, false)
  })

  test('without a key each request has its effect, in one transaction', async () => {
    const fixture = current()
    const unkeyed = (work: (tx: Tx) => Promise<Answer>) => fixture.on().runUnkeyed((commit) => commit(work))
    const made = await unkeyed(async (tx) => {
      await fixture.opened.note(tx, 'made')
      return { status: 201, body: { a: 1 } }
    })
    assert.deepEqual([made.status, made.body], [201, '{"a":1}'])
    const refused = await unkeyed(async (tx) => {
      await fixture.opened.note(tx, 'undone')
      return { status: 409 }
    })
    assert.equal(refused.status, 409)
    await assert.rejects(
      unkeyed(async (tx) => {
        await fixture.opened.note(tx, 'undone')
        throw new Problem(404)
      }),
      /problem 404/,
    )
    await assert.rejects(
      fixture.on().runUnkeyed(async () => ({}) as Committed),
      /without what its commit/,
    )
    assert.deepEqual(await fixture.opened.notes(), ['made'])
  })

  test('with the store down nothing is executed', async () => {
    const fixture = current()
    const down = Object.assign(new Error('no database'), { name: 'DatabaseUnavailable' })
    const refused = { ...refusedWith('idempotency.store_unavailable'), status: 503, cause: down }
    const fail = () => Promise.reject(down)
    for (const claim of claims) {
      await assert.rejects(fixture.ask({ claim }, fixture.on({ store: { ...fixture.opened.store, find: fail } })), refused)
      assert.equal(fixture.runs, 0)
      await assert.rejects(fixture.ask({ claim }, fixture.on({ transaction: fail })), refused)
      fixture.runs = 0
    }
    assert.deepEqual(await fixture.opened.notes(), [])
    assert.equal((await fixture.ask()).replayed, false)
  })

  test('a claim that cannot be released is logged, and free when its lease ends', async () => {
    const fixture = current()
    const warnings: string[] = []
    const log = { warn: (_details: object, message: string) => warnings.push(message) }
    const store = { ...fixture.opened.store, release: () => Promise.reject(new Error('no')) }
    await assert.rejects(
      fixture.on({ store, log }).runOnce(request({ claim: 'before' }), () => Promise.reject(new Problem(503))),
      /problem 503/,
    )
    assert.match(warnings.join(), /could not be released/)
    await assert.rejects(fixture.ask({ claim: 'before' }), refusedWith('idempotency.in_progress'))
    fixture.now += leaseMs
    assert.equal((await fixture.ask({ claim: 'before' })).replayed, false)
  })
}
