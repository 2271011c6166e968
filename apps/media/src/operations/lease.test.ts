import assert from 'node:assert/strict'
import { test } from 'node:test'
import { releaseLease, takeLease } from './lease.ts'
import { openTestDatabase } from './test-database.ts'

const ask = (holder: string) => ({ name: 'periodic', holder, ttlMs: 10_000 })

test('one holds it, renews it under the same token, and the next takes it under a greater one when it has run out', async (t) => {
  const house = await openTestDatabase(t)
  const first = await takeLease(house, ask('a'))
  assert.deepEqual(first, { name: 'periodic', holder: 'a', token: 1, heldUntil: house.clock() + 10_000 })
  assert.equal(await takeLease(house, ask('b')), undefined)
  assert.equal((await takeLease(house, { ...ask('b'), name: 'another' }))?.token, 1)
  house.advance(9_999)
  assert.equal(await takeLease(house, ask('b')), undefined)
  assert.equal((await takeLease(house, ask('a')))?.token, 1)
  house.advance(10_000)
  assert.equal((await takeLease(house, ask('b')))?.token, 2)
  assert.equal(await takeLease(house, ask('a')), undefined)
  house.advance(10_000)
  assert.equal((await takeLease(house, ask('b')))?.token, 3)
})

test('released, it is free at once; a release by one who was overtaken changes nothing', async (t) => {
  const house = await openTestDatabase(t)
  const first = await takeLease(house, ask('a'))
  assert.ok(first)
  await releaseLease(house, first)
  assert.equal((await takeLease(house, ask('b')))?.token, 2)
  await releaseLease(house, first)
  assert.equal(await takeLease(house, ask('c')), undefined)
})

test('of many that ask at once, in two processes, one gets it', async (t) => {
  const house = await openTestDatabase(t)
  const database = house.open()
  t.after(() => database.close())
  const asked = Array.from({ length: 20 }, (_, n) => takeLease(n % 2 === 0 ? house : { database }, ask(`holder-${n}`)))
  assert.equal((await Promise.all(asked)).filter((lease) => lease !== undefined).length, 1)
})
