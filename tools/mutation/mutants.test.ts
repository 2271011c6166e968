import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isNoticed } from './is-noticed.ts'
import { apply, findMutants } from './mutants.ts'

test('each operator, condition, step and number is changed, one at a time, and no type is', () => {
  const source = `type Size = 1 | 2
export function grow(a: number, b: 3): number {
  if (a <= b && a !== 0) note(a)
  return a > 4 ? a - 1 : (a as Size)
}
`
  const changed = findMutants('a.ts', source).map((mutant) => apply(source, mutant))
  assert.equal(changed.length, 11)
  assert.equal(new Set(changed).size, changed.length)
  for (const wrong of [
    'if (!(a <= b && a !== 0)) note(a)',
    'if (a < b && a',
    'a <= b || a !== 0',
    'a === 0) note',
    'a !== 1) note',
    'a !== 0) ;',
    'return !(a > 4) ?',
    'a >= 4 ?',
    'a > 5 ?',
    'a + 1 :',
    'a - 2 :',
  ])
    assert.equal(changed.filter((text) => text.includes(wrong)).length, 1, wrong)
})

test('a change that the tests fail with is noticed, and a change of nothing is not', async () => {
  const file = 'packages/messenger/src/retry.ts'
  const target = { file, tests: { 'packages/messenger/src/retry.test.ts': 0 } }
  assert.equal(await isNoticed(target, { start: 0, end: 0, text: '' }), false)
  assert.equal(await isNoticed(target, { start: 0, end: 0, text: 'throw new Error("planted")\n' }), true)
})
