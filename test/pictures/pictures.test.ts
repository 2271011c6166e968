import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quickCorpus } from './corpus.ts'
import { runPictures } from './run-pictures.ts'
import { some } from './some.ts'

/** Every one is tried by `make pictures`. */
const oneIn = 8

test('odd, broken and hostile pictures are shown right or refused, and the service goes on', async (t) => {
  const { cases, outcomes, faults, peakRssBytes } = await runPictures(some(quickCorpus(), oneIn))
  t.diagnostic(`${cases} pictures: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
  assert.deepEqual([...faults], [])
  assert.ok(cases > 15)
  assert.ok((peakRssBytes ?? 0) <= 512 * 2 ** 20)
})
