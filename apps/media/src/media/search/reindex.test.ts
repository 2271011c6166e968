import assert from 'node:assert/strict'
import test from 'node:test'
import { openMediaRoom } from '../testing/open-media-room.ts'
import { openWritingHouse } from '../testing/writing-house.ts'
import { checkSearch } from './check-search.ts'
import { reindex } from './reindex.ts'

/** By `HOLDFAST_TEST_REINDEX_FILES=10000` the long form. */
const files = Number(process.env['HOLDFAST_TEST_REINDEX_FILES'] ?? 200)

test(`the words of ${files} files are written anew while 100 writes a second go on: nothing is missing, nothing comes back`, async (t) => {
  const room = await openMediaRoom(t)
  const house = openWritingHouse(room)
  await house.fill(files)
  const { writes, tookMs } = await house.writeBeside(100, () => reindex(room, () => undefined))
  t.diagnostic(`written anew in ${Math.round(tookMs)} ms beside ${writes} writes, ${Math.round((writes * 1_000) / tookMs)} a second`)
  await room.work()
  assert.deepEqual(await checkSearch(room.read, room.now()), { files: house.count(), missing: 0, orphaned: 0, due: 0, overdue: 0 })
})
