import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { noticeMissing } from './degraded.ts'
import { openContent } from './open-content.ts'
import { failure, type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'

/** A file whose bytes somebody took away, and who reads it. */
async function lostFile(t: TestContext, changes: Partial<MediaRoom['media']> = {}) {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'hello' })
  const [key = ''] = await room.liveKeys()
  await rm(join(room.blobsFolder, key))
  const alerts: unknown[] = []
  const blobs = noticeMissing(room.blobs, { ...room.media, ...changes, alert: (_message, detail) => alerts.push(detail) })
  const { open } = await openContent({ read: room.read, blobs }, room.alice, file.id)
  const degradedAt = async () =>
    (await room.read.get<{ at: number | null }>('SELECT degraded_at AS at FROM stored_blob WHERE id = ?', [file.blobId]))?.at
  return { room, file, blobs, alerts, open, degradedAt }
}

test('a read that finds no bytes marks the blob before it is answered, and alerts once', async (t) => {
  const { room, file, open, alerts, degradedAt } = await lostFile(t)
  const reads = await Promise.allSettled([open(), open(), open({ start: 1, end: 2 })])
  for (const read of reads) assert.ok(read.status === 'rejected' && failure('storage.blob_missing')(read.reason))
  assert.equal(await degradedAt(), room.now())
  await assert.rejects(open(), failure('storage.blob_missing'))
  assert.deepEqual(alerts, [{ blobId: file.blobId, expected: 5, found: null }])
  assert.equal((await room.liveKeys()).length, 1, 'never a deletion')
})

test('bytes that went because they were to go are no alert', async (t) => {
  const { room, file, open, blobs, alerts, degradedAt } = await lostFile(t)
  await room.inTransaction((tx) => tx.sql.run("UPDATE stored_blob SET state = 'deleted' WHERE id = ?", [file.blobId]))
  await assert.rejects(open(), failure('storage.blob_missing'))
  await assert.rejects(blobs.open('00/nobody-had-this'), failure('storage.blob_missing'))
  assert.deepEqual([await degradedAt(), alerts], [null, []])
})

test('a database that cannot mark it changes nothing of the answer', async (t) => {
  const { open, alerts } = await lostFile(t, { inTransaction: () => Promise.reject(new Error('away')) })
  await assert.rejects(open(), failure('storage.blob_missing'))
  assert.deepEqual(alerts, [])
})
