import assert from 'node:assert/strict'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { purgeFile } from './purge-file.ts'
import { receiveUpload } from './receive-upload.ts'
import { reconcile } from './reconcile.ts'
import { type SweepRules, sweep } from './sweep.ts'
import { sweepDue } from './sweep-due.ts'
import { assertSettled } from './testing/invariants.ts'
import { graceMs, type MediaRoom, openMediaRoom, uploadOf } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'

const day = 24 * 3_600_000

async function plant(room: MediaRoom, key: string, ageMs: number): Promise<void> {
  const path = join(room.blobsFolder, key)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, 'stray')
  const at = (room.now() - ageMs) / 1_000
  await utimes(path, at, at)
}

function sweeper(room: MediaRoom) {
  const alerts: unknown[] = []
  const alert = (_message: string, detail: Readonly<Record<string, unknown>>) => alerts.push(detail)
  const run = (rules: Partial<SweepRules> = {}) =>
    sweep({ ...room.media, alert }, { nowMs: room.now(), minAgeMs: day, minSightings: 2, maxDeletions: 100, ...rules })
  return { alerts, run }
}

test('a stray key goes when it is old enough and was seen often enough, and no other key does', async (t) => {
  const room = await openMediaRoom(t)
  const { run, alerts } = sweeper(room)
  await room.upload(room.alice, { name: 'a' })
  await receiveUpload(room, room.alice, uploadOf('staging'))
  await plant(room, 'ab/stray', 2 * day)
  await plant(room, 'cd/young', day / 2)
  await plant(room, 'ef/unfinished.part', 2 * day)
  assert.deepEqual(await run(), { keys: 5, strays: 3, deleted: 0, degraded: 0 })
  assert.deepEqual(await run(), { keys: 5, strays: 3, deleted: 2, degraded: 0 })
  assert.deepEqual(await run(), { keys: 3, strays: 1, deleted: 0, degraded: 0 })
  room.advance(day)
  assert.equal((await run()).deleted, 1)
  assert.equal((await run()).strays, 0)
  assert.deepEqual(alerts, [])
  assert.deepEqual(await room.read.all('SELECT storage_key FROM stray_key'), [])
})

test('a sweep is remembered, also one that failed; a clock that was set back holds none up', async (t) => {
  const room = await openMediaRoom(t)
  await room.upload(room.alice, { name: 'a' })
  const rules = { minAgeMs: day, minSightings: 2, maxDeletions: 100, everyMs: 6 * 3_600_000 }
  const run = (blobs = room.media.blobs) => sweepDue({ ...room.media, blobs, alert: assert.fail }, { ...rules, nowMs: room.now() })
  assert.equal((await run())?.keys, 1)
  assert.equal(await run(), undefined)
  room.advance(rules.everyMs - 1)
  assert.equal(await run(), undefined)
  room.advance(1)
  await assert.rejects(run({ ...room.media.blobs, list: () => assert.fail('away') }), /away/)
  assert.equal(await run(), undefined)
  room.advance(rules.everyMs)
  assert.equal((await run())?.keys, 1)
  room.advance(-day)
  assert.equal((await run())?.keys, 1)
})

test('a stray key that vanishes is forgotten', async (t) => {
  const room = await openMediaRoom(t)
  const { run } = sweeper(room)
  await plant(room, 'ab/stray', 2 * day)
  await run()
  await rm(join(room.blobsFolder, 'ab/stray'))
  await run()
  await plant(room, 'ab/stray', 2 * day)
  assert.equal((await run()).deleted, 0)
})

test('a run deletes no more than it may', async (t) => {
  const room = await openMediaRoom(t)
  const { run } = sweeper(room)
  for (let index = 0; index < 5; index++) await plant(room, `ab/stray${index}`, 2 * day)
  const rules = { minSightings: 1, maxDeletions: 2 }
  assert.deepEqual([(await run(rules)).deleted, (await run(rules)).deleted, (await run(rules)).deleted], [2, 2, 1])
})

test('age 0 asks no clock, so that a store whose clock is ahead is swept too', async (t) => {
  const room = await openMediaRoom(t)
  const { run } = sweeper(room)
  await plant(room, 'ab/ahead', -day)
  assert.equal((await run({ minAgeMs: 0, minSightings: 1 })).deleted, 1)
})

test('bytes that are missing or of another size mark the blob and alert once; when they are back the mark goes', async (t) => {
  const room = await openMediaRoom(t)
  const { run, alerts } = sweeper(room)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'hello' })
  const [key = ''] = await room.liveKeys()
  const path = join(room.blobsFolder, key)
  await rm(path)
  assert.equal((await run()).degraded, 1)
  assert.equal((await run()).degraded, 1)
  assert.deepEqual(alerts, [{ blobId: file.blobId, expected: 5, found: null }])
  await writeFile(path, 'hell')
  assert.equal((await run()).degraded, 1)
  await writeFile(path, 'hello')
  assert.equal((await run()).degraded, 0)
  await writeFile(path, 'hell')
  assert.equal((await run()).degraded, 1)
  assert.deepEqual(alerts.at(-1), { blobId: file.blobId, expected: 5, found: 4 })
  assert.equal((await room.liveKeys()).length, 1, 'never a deletion')
})

test('a blob that is purged while the sweep looks at it is no alarm', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  await room.inTransaction((tx) => trashFile(room, tx, room.alice, file.id))
  room.advance(graceMs)
  const size = async (key: string) => {
    await purgeFile(room, file.id, 1)
    return room.blobs.size(key)
  }
  const alert = () => assert.fail('nothing is wrong')
  const counts = await sweep(
    { ...room.media, blobs: { ...room.blobs, size }, alert },
    { nowMs: room.now(), minAgeMs: day, minSightings: 2, maxDeletions: 100 },
  )
  assert.equal(counts.degraded, 0)
})

test('one reconciliation at rest: the stored keys are those of the live blobs', async (t) => {
  const room = await openMediaRoom(t)
  const kept = await room.upload(room.alice, { name: 'a' })
  await receiveUpload(room, room.alice, uploadOf('never stored'))
  await plant(room, 'ab/stray', 0)
  await plant(room, 'ab/unfinished.part', 0)
  const gone = await room.upload(room.alice, { name: 'b' })
  await room.inTransaction((tx) => trashFile(room, tx, room.alice, gone.id))
  room.advance(graceMs)
  const reached = () => {
    throw new Error('died')
  }
  await assert.rejects(purgeFile({ ...room.media, reached }, gone.id, 1), /died/)
  const nowMs = room.now()
  // The clock goes on while it works.
  const inTransaction: MediaRoom['inTransaction'] = (work) => {
    room.advance(1)
    return room.inTransaction(work)
  }
  const rules = { nowMs, reapBeforeMs: Number.MAX_SAFE_INTEGER, graceMs: 0, minAgeMs: 0, minSightings: 1, maxDeletions: 1_000 }
  const { reaped, finished, swept } = await reconcile({ ...room.media, inTransaction, alert: () => assert.fail('degraded') }, rules)
  assert.deepEqual([reaped, finished.blobs, swept.deleted, swept.degraded], [1, 1, 2, 0])
  assert.equal(await assertSettled(room), 1)
  assert.deepEqual(await room.auditOf(kept.id), ['file.created'])
})
