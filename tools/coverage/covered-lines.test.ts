import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoveredFile } from './covered-lines.ts'

const source = `/** What it is. */
export interface Shape { readonly size: number }

export function grow(shape: Shape): number {
  if (shape.size > 9) {
    return 0
  }
  return shape.size + 1
}
`
const range = (text: string, count: number) => {
  const startOffset = source.indexOf(text)
  return { startOffset, endOffset: startOffset + text.length, count }
}
const whole = { startOffset: 0, endOffset: source.length, count: 1 }
const grow = source.slice(source.indexOf('export function'), -1)

test('a line is covered when any process has run some of it; types and comments are no lines', () => {
  const file = new CoveredFile(source)
  assert.deepEqual(
    [...file.lines()],
    [4, 5, 6, 8].map((line) => [line, false]),
  )
  file.add({ functions: [{ ranges: [whole] }, { ranges: [range(grow, 3), range('{\n    return 0\n  }', 0)] }] })
  assert.deepEqual(Object.fromEntries(file.lines()), { 4: true, 5: true, 6: false, 8: true })
  file.add({ functions: [{ ranges: [whole] }, { ranges: [range(grow, 1)] }] })
  assert.equal(file.lines().get(6), true)
})
