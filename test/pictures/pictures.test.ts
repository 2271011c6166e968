import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quickCorpus } from './corpus.ts'
import type { PictureCase } from './picture-case.ts'
import { runPictures } from './run-pictures.ts'

/** Every one is tried by `make pictures`. */
const oneIn = 8

async function* some(cases: AsyncIterable<PictureCase>): AsyncGenerator<PictureCase> {
  let at = 0
  for await (const one of cases) if (at++ % oneIn === 0) yield one
}

test('odd, broken and hostile pictures are shown right or refused, and the service goes on', async (t) => {
  const { cases, outcomes, faults, peakRssBytes } = await runPictures(some(quickCorpus()))
  t.diagnostic(`${cases} pictures: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
  assert.deepEqual([...faults], [])
  assert.ok(cases > 15)
  assert.ok((peakRssBytes ?? 0) <= 512 * 2 ** 20)
})
