import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KeyedRequest } from '../index.ts'
import { type CurrentFixture, type Fixture, Problem, refusedWith, request, text } from './fixture.ts'

/** Bodies that only the route itself reads. */
export function testStreamedBodies<Tx>(current: CurrentFixture<Tx>): void {
  describe('a streamed body', () => {
    const streamed = (bodyDigest: string, onRead = () => {}): Partial<KeyedRequest> => ({
      bodyDigest: async () => {
        onRead()
        return bodyDigest
      },
    })
    const upload = (fixture: Fixture<Tx>, body: string, onRead?: () => void) =>
      fixture.on().runOnce(request(streamed(body, onRead)), (attempt) => {
        fixture.runs += 1
        return attempt.commit(async () => ({ status: 201, body: { body } }), { bodyDigest: body })
      })

    test('is read by the route the first time, and only compared at a repeat', async () => {
      const fixture = current()
      let reads = 0
      const onRead = () => {
        reads += 1
      }
      const first = await upload(fixture, 'bytes', onRead)
      assert.equal(reads, 0)
      const second = await upload(fixture, 'bytes', onRead)
      assert.deepEqual([reads, second.replayed, text(second)], [1, true, text(first)])
      await assert.rejects(upload(fixture, 'others', onRead), refusedWith('idempotency.key_reused'))
      assert.deepEqual([reads, fixture.runs], [2, 1])
    })

    test('is read to its end before the sender hears that an equal request is in progress, or its answer if that ended meanwhile', async () => {
      const fixture = current()
      const { promise: goes, resolve: goOn } = Promise.withResolvers<void>()
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const first = fixture.on().runOnce(request(streamed('bytes')), async (attempt) => {
        begin()
        await goes
        return attempt.commit(async () => ({ status: 201, body: 'first' }), { bodyDigest: 'bytes' })
      })
      await begun
      let reads = 0
      const refused = upload(fixture, 'bytes', () => {
        reads += 1
      })
      await assert.rejects(refused, refusedWith('idempotency.in_progress'))
      assert.equal(reads, 1)
      const meanwhile = fixture.on().runOnce(
        request({
          bodyDigest: async () => {
            goOn()
            await first
            return 'bytes'
          },
        }),
        (attempt) => fixture.count(attempt),
      )
      assert.equal(text(await meanwhile), text(await first))
    })

    test('without a digest at the commit is refused; what fails before it leaves the key free', async () => {
      const fixture = current()
      await assert.rejects(
        fixture.on().runOnce(request(streamed('bytes')), (attempt) => fixture.count(attempt)),
        /needs its digest/,
      )
      await assert.rejects(
        fixture.on().runOnce(request(streamed('bytes')), () => Promise.reject(new Problem(400))),
        /problem 400/,
      )
      assert.equal((await upload(fixture, 'bytes')).replayed, false)
    })
  })
}
