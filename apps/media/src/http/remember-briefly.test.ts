import assert from 'node:assert/strict'
import test from 'node:test'
import { rememberBriefly } from './remember-briefly.ts'

/** An answer that takes `takesMs` by the clock of the test, and counts how often it was asked. */
function counting(takesMs: number) {
  const scene = { now: 0, asked: 0, isDown: false }
  const ask = async () => {
    scene.asked += 1
    scene.now += takesMs
    if (scene.isDown) throw new Error('away')
    return scene.asked
  }
  return { scene, answer: rememberBriefly(ask, 1_000, () => scene.now) }
}

test('many who ask at once or soon after each other are answered by one question', async () => {
  const { scene, answer } = counting(0)
  assert.deepEqual(await Promise.all([answer(), answer(), answer()]), [1, 1, 1])
  scene.now = 999
  assert.equal(await answer(), 1)
  scene.now = 1_000
  assert.equal(await answer(), 2)
})

test('an answer that took long is kept for twenty times as long', async () => {
  const { scene, answer } = counting(200)
  assert.equal(await answer(), 1)
  scene.now = 3_999
  assert.equal(await answer(), 1)
  scene.now = 4_000
  assert.equal(await answer(), 2)
})

test('a failure is told to those who asked, and the next asks again', async () => {
  const { scene, answer } = counting(0)
  scene.isDown = true
  await Promise.all([assert.rejects(answer(), /away/), assert.rejects(answer(), /away/)])
  assert.equal(scene.asked, 1)
  scene.isDown = false
  assert.equal(await answer(), 2)
})
