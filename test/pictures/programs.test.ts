import assert from 'node:assert/strict'
import { delimiter } from 'node:path'
import { test } from 'node:test'
import { quickProgramCorpus } from './corpus.ts'
import { runPictures } from './run-pictures.ts'
import { some } from './some.ts'

const programs = process.env['HOLDFAST_TEST_PREVIEW_PROGRAMS']

/** Every one is tried by `make pictures`. */
const oneIn = 4

test('odd, broken and hostile PDFs and videos are shown right or refused, and the service goes on', {
  skip: programs === undefined && 'no pdftoppm and ffmpeg: HOLDFAST_TEST_PREVIEW_PROGRAMS names no folder',
}, async (t) => {
  const PATH = [programs, process.env['PATH']].join(delimiter)
  const { cases, outcomes, faults, peakRssBytes } = await runPictures(some(quickProgramCorpus(programs ?? ''), oneIn), { PATH })
  t.diagnostic(`${cases} PDFs and videos: ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`)
  assert.deepEqual([...faults], [])
  assert.ok(cases > 8)
  assert.ok((peakRssBytes ?? 0) <= 512 * 2 ** 20)
})
