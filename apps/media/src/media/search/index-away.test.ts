import assert from 'node:assert/strict'
import test from 'node:test'
import { createElasticSearch } from '../../adapters/elastic-search/elastic-search.ts'
import { patchFile } from '../patch-file.ts'
import { openMediaRoom } from '../testing/open-media-room.ts'
import { createIndexFollower } from './index-follower.ts'
import { restAfterFailure } from './rest-after-failure.ts'
import { searchFiles } from './search-files.ts'

const silent = { info: () => undefined, warn: () => undefined }

test('while the index is away nothing fails, the database answers, and what changed waits', async (t) => {
  const room = await openMediaRoom(t)
  const inTransaction: typeof room.inTransaction = (work) => room.inTransaction((tx) => work({ ...tx, feedsIndex: true }))
  const index = createElasticSearch('http://127.0.0.1:9')
  await using follower = createIndexFollower({ ...room, inTransaction, index, log: silent })
  const file = await room.upload(room.alice, { name: 'harbour' })
  await inTransaction((tx) => patchFile(tx, room.alice, file.id, { name: 'lighthouse' }))
  follower.wake()
  await follower.keepUp()
  let asked = 0
  const told: (string | boolean)[] = []
  const find = restAfterFailure(
    (query) => {
      asked += 1
      return index.find(query)
    },
    { now: room.now, log: silent, observe: ({ outcome }) => told.push(outcome), observeRest: (isResting) => told.push(isResting) },
  )
  for (const query of ['light', 'light']) {
    const { items } = await searchFiles({ ...room, index: { find } }, room.alice, query, {}, { limit: 1 })
    assert.deepEqual(
      items.map((item) => item.file.name),
      ['lighthouse'],
    )
  }
  assert.equal(asked, 1, 'it rests after a failure')
  assert.deepEqual(told, [false, true, 'skipped'])
  const changes = await room.read.all<{ file_id: string; changed_at: number }>('SELECT file_id, changed_at FROM search_change')
  assert.deepEqual(
    changes.map((change) => [change.file_id, change.changed_at]),
    [[file.id, room.now()]],
  )
})
