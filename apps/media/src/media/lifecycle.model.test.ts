import assert from 'node:assert/strict'
import test from 'node:test'
import { explore, type Mutant, mutants } from './testing/lifecycle-model.ts'

test('no order of steps, crashes and stale workers breaks an invariant', (t) => {
  const { states, violation } = explore()
  t.diagnostic(`${states} states`)
  assert.equal(violation, undefined)
  assert.ok(states > 10_000, `${states} states are too few to mean anything`)
})

for (const mutant of Object.keys(mutants) as Mutant[]) {
  test(`the model catches a machine that ${mutants[mutant]}`, (t) => {
    const { states, violation } = explore(mutant)
    assert.ok(violation, 'no invariant was broken')
    t.diagnostic(`after ${states} states: ${violation.what}: ${violation.path.join(', ')}`)
  })
}
