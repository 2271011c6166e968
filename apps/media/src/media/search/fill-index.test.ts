import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { patchFile } from '../patch-file.ts'
import { purgeFile } from '../purge-file.ts'
import { graceMs, type MediaRoom, openMediaRoom } from '../testing/open-media-room.ts'
import { chooseElasticsearch, openTestIndex } from '../testing/test-index.ts'
import { trashFile } from '../trash-file.ts'
import { checkIndex } from './check-index.ts'
import { fillIndex } from './fill-index.ts'
import { createIndexFollower } from './index-follower.ts'
import type { SearchIndex } from './search-index.ts'

/** By `HOLDFAST_TEST_REINDEX_FILES=10000` the long form. */
const files = Number(process.env['HOLDFAST_TEST_REINDEX_FILES'] ?? 200)
const [atOnce, everyMs] = [10, 100]

if (chooseElasticsearch()) {
  test(`${files} files are indexed anew while others write: nothing is missing, nothing comes back`, async (t) => {
    const room = await openMediaRoom(t)
    const { index, remove, refresh } = openTestIndex()
    t.after(remove)
    const house = createHouse(room)
    for (let at = 0; at < files; at += atOnce) await Promise.all(Array.from({ length: atOnce }, house.upload))
    await fillIndex({ ...room, index })
    await fillBesideWrites(t, room, index, house)
    await refresh()
    assert.deepEqual(await checkIndex({ ...room, index }), { files: house.count(), missing: 0, outdated: 0, surplus: 0, waiting: 0 })
  })
}

async function fillBesideWrites(t: TestContext, room: MediaRoom, index: SearchIndex, house: ReturnType<typeof createHouse>) {
  await using follower = createIndexFollower({ ...room, index, log: { info: () => undefined, warn: () => undefined } })
  const done = new AbortController()
  const began = performance.now()
  const writing = repeat(done.signal, async () => {
    await Promise.all([...Array.from({ length: atOnce }, house.write), pause(everyMs)])
  })
  const feeding = repeat(done.signal, async () => {
    await Promise.all([follower.keepUp(), pause(everyMs)])
  })
  const { indexed } = await fillIndex({ ...room, index })
  const tookMs = performance.now() - began
  done.abort()
  await Promise.all([writing, feeding])
  await follower.keepUp()
  t.diagnostic(`${indexed} indexed anew in ${Math.round(tookMs)} ms beside ${house.writes()} writes`)
}

async function repeat(until: AbortSignal, step: () => Promise<void>): Promise<void> {
  while (!until.aborted) await step()
}

/** Uploads, renames, and deletes for good, in turn. */
function createHouse(room: MediaRoom) {
  const ids: string[] = []
  let writes = 0
  const upload = async () => {
    const { id } = await room.upload(room.alice, { name: `harbour ${crypto.randomUUID()}` })
    ids.push(id)
  }
  const rename = async (id: string) => {
    await room.inTransaction((tx) => patchFile(tx, room.alice, id, { name: `renamed ${crypto.randomUUID()}` }))
    ids.push(id)
  }
  const remove = async (id: string) => {
    const trashed = await room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
    room.advance(graceMs)
    await purgeFile(room, id, trashed?.epoch ?? 0)
  }
  const write = async () => {
    writes += 1
    const turn = writes % 3
    const [id] = turn === 0 ? [] : ids.splice(Math.floor(Math.random() * ids.length), 1)
    if (id === undefined) await upload()
    else await (turn === 1 ? rename(id) : remove(id))
  }
  return { upload, write, writes: () => writes, count: () => ids.length }
}
