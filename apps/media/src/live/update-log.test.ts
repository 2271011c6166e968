import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openTestDatabase } from '../operations/test-database.ts'
import {
  appendUpdate,
  findPosition,
  headPosition,
  pruneSubscriptionUpdates,
  pruneUpdates,
  readUpdates,
  subscriptionIds,
} from './update-log.ts'

const update = (id: string) => ({ id, topics: ['/a', '/b'], isPrivate: true, data: `of ${id}` })

describe('the log of updates', () => {
  test('keeps each update once, in order and whole', async (t) => {
    const { inTransaction, read } = await openTestDatabase(t)
    for (const id of ['one', 'two', 'one', 'three']) await inTransaction((tx) => appendUpdate(tx, update(id)))
    const expected = ['one', 'two', 'three'].map((id, index) => ({ ...update(id), position: index + 1 }))
    assert.deepEqual(await readUpdates(read, 0, 100), expected)
    assert.deepEqual(await readUpdates(read, 1, 1), expected.slice(1, 2))
    assert.equal(await findPosition(read, 'three'), 3)
    assert.equal(await headPosition(read), 3)
  })

  test('has no gap where transactions run at once or are rolled back', async (t) => {
    const { inTransaction, read } = await openTestDatabase(t)
    const seen: number[] = []
    const append = (number: number) =>
      inTransaction(async (tx) => {
        await appendUpdate(tx, update(`${number}`))
        if (number % 3 === 0) throw new RangeError('not this one')
      }).catch((error: unknown) => assert.ok(error instanceof RangeError, String(error)))
    const writing = Promise.all(Array.from({ length: 60 }, (_, number) => append(number)))
    const follow = async () => {
      for (const { position } of await readUpdates(read, seen.at(-1) ?? 0, 7)) seen.push(position)
    }
    for (let round = 0; round < 20; round++) await follow()
    await writing
    while (seen.length < 40) await follow()
    assert.deepEqual(
      seen,
      Array.from({ length: 40 }, (_, index) => index + 1),
    )
  })

  test('forgets sooner who came and went', async (t) => {
    const { inTransaction, read, advance, clock } = await openTestDatabase(t)
    const ids = [`${subscriptionIds}1`, 'kept', `${subscriptionIds}2`, `${subscriptionIds}3`]
    for (const id of ids.slice(0, 3)) await inTransaction((tx) => appendUpdate(tx, update(id)))
    advance(1_000)
    await inTransaction((tx) => appendUpdate(tx, update(ids[3] ?? '')))
    assert.equal(await inTransaction((tx) => pruneSubscriptionUpdates(tx, clock(), 10)), 2)
    assert.deepEqual(
      (await readUpdates(read, 0, 10)).map(({ id }) => id),
      ['kept', ids[3]],
    )
  })

  test('forgets the oldest, and never gives a position twice', async (t) => {
    const { inTransaction, read, advance, clock } = await openTestDatabase(t)
    await inTransaction((tx) => appendUpdate(tx, update('old')))
    advance(1_000)
    assert.equal(await inTransaction((tx) => pruneUpdates(tx, clock(), 10)), 1)
    await inTransaction((tx) => appendUpdate(tx, update('new')))
    assert.equal(await findPosition(read, 'old'), undefined)
    assert.equal(await findPosition(read, 'new'), 2)
    assert.equal(await inTransaction((tx) => pruneUpdates(tx, clock(), 10)), 0)
  })
})
