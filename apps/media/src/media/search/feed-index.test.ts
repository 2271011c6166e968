import assert from 'node:assert/strict'
import test from 'node:test'
import { patchFile } from '../patch-file.ts'
import { openMediaRoom } from '../testing/open-media-room.ts'
import { createFeed } from './feed-index.ts'

const silent = { warn: () => undefined }

test('a feed tells all that has changed before it, and ends though something changes all the while', async (t) => {
  const room = await openMediaRoom(t)
  const inTransaction: typeof room.inTransaction = (work) => room.inTransaction((tx) => work({ ...tx, feedsIndex: true }))
  const { id } = await room.upload(room.alice, { name: 'harbour' })
  const change = () => inTransaction((tx) => patchFile(tx, room.alice, id, { name: crypto.randomUUID() }))
  const waiting = async () => (await room.read.get<{ many: number }>('SELECT COUNT(*) AS many FROM search_change'))?.many
  const told: string[] = []
  const put = async (files: readonly { readonly id: string }[]) => {
    told.push(...files.map((file) => file.id))
    await change()
    return []
  }
  const feed = createFeed({ read: room.read, inTransaction, index: { put }, log: silent })
  for (let changes = 1; changes <= 3; changes++) await change()
  await Promise.all([feed(), feed()])
  assert.deepEqual(told, [id, id], 'once for what was there, and once more for who came meanwhile')
  assert.equal(await waiting(), 1)
  while (((await waiting()) ?? 0) < 501) await Promise.all(Array.from({ length: 50 }, change))
  await feed()
  assert.deepEqual([told.length, await waiting()], [4, 1], 'a full batch, and then the rest')
})
