import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { whenLate } from './when-late.ts'

const hold = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('nobody is late because this process was held up, and somebody is who says nothing', async () => {
  let isLate = false
  const { promise: told, resolve } = Promise.withResolvers<void>()
  whenLate(80, () => {
    isLate = true
    resolve()
  })
  hold(200)
  await nextTurn()
  assert.equal(isLate, false)
  await told
})

test('whoever has come is waited for no longer', async () => {
  const stop = whenLate(8, () => assert.fail('it has come'))
  stop()
  hold(20)
  await nextTurn()
})
