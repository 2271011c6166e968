import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openFolderBlobs } from './folder-blobs.ts'
import { folderHouseMark } from './folder-house-mark.ts'

test('a mark is written once, replaced when that is meant, and no blob', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mark-'))
  t.after(() => rm(folder, { recursive: true }))
  const mark = folderHouseMark(folder)
  assert.equal(await mark.read(), undefined)
  await Promise.all(['one', 'two'].map((houseId) => mark.write(houseId)))
  const first = await mark.read()
  assert.ok(first === 'one' || first === 'two')
  await mark.write('three')
  assert.equal(await mark.read(), first)
  await mark.replace('four')
  assert.equal(await mark.read(), 'four')
  assert.deepEqual(await readdir(folder), ['.house-four'])
  for await (const { key } of (await openFolderBlobs(folder)).list()) assert.fail(key)
})
