import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseConfig } from './config.ts'
import { diagnose } from './doctor.ts'

test('the doctor says which program draws PDFs and videos, and that one which is missing is no mistake', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'))
  t.after(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'pdftoppm'), '#!/bin/sh\necho "pdftoppm version 22.12.0" >&2\n', { mode: 0o700 })
  const findings = await diagnose(parseConfig({ APP_ENV: 'test', DATA_DIR: folder, PATH: folder }))
  const found = (name: string) => findings.find(({ part }) => part === name)
  assert.deepEqual(found('thumbnails of PDFs'), { part: 'thumbnails of PDFs', ok: true, detail: 'pdftoppm 22.12.0' })
  const { ok, detail, mend } = found('thumbnails of videos') ?? {}
  assert.deepEqual([ok, detail], [true, 'none: ffmpeg is not installed'])
  assert.match(mend ?? '', /install ffmpeg/)
})
