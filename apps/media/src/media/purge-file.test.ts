import assert from 'node:assert/strict'
import test from 'node:test'
import { copyFile } from './copy-file.ts'
import { dropFileVersion } from './drop-version.ts'
import { getFile } from './get-file.ts'
import { getFolder } from './get-folder.ts'
import { holdFile, releaseFile } from './legal-hold.ts'
import { purgeDue } from './purge-due.ts'
import { purgeFile } from './purge-file.ts'
import { purgeTrashedFolder } from './purge-folder.ts'
import { receiveUpload } from './receive-upload.ts'
import { replaceContent } from './replace-content.ts'
import { restoreFile } from './restore-file.ts'
import { assertSettled, createInvariants } from './testing/invariants.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom, uploadOf } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

const trash = (room: MediaRoom, id: string) => room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
const restore = (room: MediaRoom, id: string) => room.inTransaction((tx) => restoreFile(tx, room.alice, id))
const hold = (room: MediaRoom, id: string) => room.inTransaction((tx) => holdFile(tx, room.admin, id))
const release = (room: MediaRoom, id: string) => room.inTransaction((tx) => releaseFile(tx, room.admin, id))
const due = (room: MediaRoom) => purgeDue(room, { nowMs: room.now(), graceMs: 0, limit: 100 })

async function trashedFile(room: MediaRoom) {
  const file = await room.upload(room.alice, { name: 'a' })
  await trash(room, file.id)
  return { ...file, epoch: file.epoch + 1 }
}

test('a purge comes when the grace is over and no moment earlier, and leaves no trace but the audit', async (t) => {
  const room = await openMediaRoom(t)
  const file = await trashedFile(room)
  const purgeAt = room.now() + graceMs
  room.advance(graceMs - 1)
  await room.work()
  assert.deepEqual(await purgeFile(room, file.id, file.epoch), { is: 'early', dueAt: purgeAt })
  assert.equal((await due(room)).files, 0)
  assert.equal((await room.storedKeys()).length, 1)

  room.advance(1)
  await room.work()
  assert.deepEqual(await room.storedKeys(), [])
  await assert.rejects(getFile(room.read, room.alice, file.id), failure('file.gone'))
  await assert.rejects(restore(room, file.id), failure('file.gone'))
  assert.equal(await trash(room, file.id), undefined)
  const row = await room.read.get<Record<string, unknown>>('SELECT name, name_key, sha256, tags FROM file WHERE id = ?', [file.id])
  assert.deepEqual({ ...row }, { name: null, name_key: null, sha256: null, tags: '[]' })
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed', 'file.purging', 'file.purged'])
  await assertSettled(room)
})

test('a message of an earlier deletion does nothing', async (t) => {
  const room = await openMediaRoom(t)
  const file = await trashedFile(room)
  await restore(room, file.id)
  assert.deepEqual(await purgeFile(room, file.id, file.epoch), { is: 'over' })
  await trash(room, file.id)
  room.advance(graceMs)
  assert.deepEqual(await purgeFile(room, file.id, file.epoch), { is: 'over' })
  assert.deepEqual(await purgeFile(room, crypto.randomUUID(), 1), { is: 'over' })
  assert.deepEqual(await purgeFile(room, file.id, file.epoch + 2), { is: 'decided' })
  assert.deepEqual(await purgeFile(room, file.id, file.epoch + 2), { is: 'over' })
  assert.deepEqual(await purgeFile(room, crypto.randomUUID(), 1), { is: 'over' })
})

test('several workers purge one file once', async (t) => {
  const room = await openMediaRoom(t)
  const file = await trashedFile(room)
  room.advance(graceMs)
  await Promise.all([...[1, 2, 3, 4].map(() => purgeFile(room, file.id, file.epoch)), due(room), room.work()])
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed', 'file.purging', 'file.purged'])
  await assertSettled(room)
})

test('a copy keeps the bytes, and the last one out takes them', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const copy = await room.inTransaction((tx) => copyFile(tx, room.bob, file.id, { name: 'b' }))
  assert.deepEqual([copy.blobId, copy.ownerId, copy.sha256], [file.blobId, room.bob.userId, file.sha256])
  await trash(room, file.id)
  room.advance(graceMs)
  await room.work()
  assert.equal((await room.storedKeys()).length, 1)
  await trash(room, copy.id)
  room.advance(graceMs)
  await room.work()
  assert.deepEqual(await room.storedKeys(), [])
  await assertSettled(room)
})

test('two that share a blob and go at the same moment: it is DELETED when its bytes are, whoever ends first', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'b' }))
  await trash(room, file.id)
  await trash(room, copy.id)
  room.advance(graceMs)
  let late: Promise<unknown> | undefined
  // The first worker has found the blob shared when the second one condemns it and stops before its bytes go.
  const second = { ...room.media, blobs: { ...room.blobs, delete: () => Promise.reject(new Error('the store is away')) } }
  const blobs = { ...room.blobs }
  const first = {
    ...room.media,
    blobs,
    reached: (step: string) => {
      if (step === 'purge.deleted') late = assert.rejects(purgeFile(second, copy.id, copy.epoch + 1), /away/)
    },
  }
  await purgeFile(first, file.id, file.epoch + 1)
  await late
  const blob = await room.read.get<{ state: string }>('SELECT state FROM stored_blob')
  assert.equal(blob?.state, 'condemned')
  assert.equal((await room.storedKeys()).length, 1)
  await due(room)
  await assertSettled(room)
})

test('what a worker left half-way is finished by whoever comes by', async (t) => {
  for (const point of ['purge.decided', 'blob.deleted', 'purge.deleted', 'purge.finished']) {
    const room = await openMediaRoom(t)
    const file = await trashedFile(room)
    room.advance(graceMs)
    const reached = (step: string) => {
      if (step === point) throw new Error(`died at ${point}`)
    }
    await assert.rejects(purgeFile({ ...room.media, reached }, file.id, file.epoch), /died at/)
    if (point === 'purge.decided') await assert.rejects(restore(room, file.id), failure('file.purging'))
    await due(room)
    assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed', 'file.purging', 'file.purged'], point)
    await assertSettled(room)
  }
})

test('a legal hold keeps a trashed file past its grace, and its older versions', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'one' })
  const received = await receiveUpload(room, room.alice, uploadOf('two'))
  await room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received))
  await hold(room, file.id)
  await trash(room, file.id)
  room.advance(2 * graceMs)
  await room.work()
  await due(room)
  assert.deepEqual(await room.inTransaction((tx) => dropFileVersion(tx, file.id, 1)), { is: 'held' })
  assert.equal((await room.storedKeys()).length, 2)
  assert.equal((await getFile(room.read, room.alice, file.id)).state, 'trashed')
  await release(room, file.id)
  await due(room)
  await assertSettled(room)
  assert.deepEqual(await room.storedKeys(), [])
})

test('a trashed folder is purged with all that went along, and waits for a file under a legal hold', async (t) => {
  const room = await openMediaRoom(t)
  const top = await room.makeFolder(room.alice, 'top')
  const below = await room.makeFolder(room.alice, 'below', top.id)
  const held = await room.upload(room.alice, { name: 'a', folderId: below.id })
  const other = await room.upload(room.alice, { name: 'b', folderId: top.id })
  await hold(room, held.id)
  await room.inTransaction((tx) => trashFolder(room, tx, room.alice, top.id))
  assert.equal((await purgeTrashedFolder(room, top.id, 1)).is, 'early')
  room.advance(graceMs)
  await room.work()
  await assert.rejects(getFile(room.read, room.alice, other.id), failure('file.gone'))
  assert.equal((await getFolder(room.read, room.alice, below.id)).state, 'trashed')
  assert.equal((await purgeTrashedFolder(room, top.id, 1)).is, 'held')
  assert.equal((await due(room)).folders, 0)
  await release(room, held.id)
  assert.deepEqual(await due(room), { files: 1, folders: 1, versions: 0, erasures: 0, blobs: 0 })
  for (const { id } of [top, below]) {
    await assert.rejects(getFolder(room.read, room.alice, id), failure('folder.gone'))
    assert.deepEqual(await room.auditOf(id), ['folder.created', 'folder.trashed', 'folder.purged'])
  }
  await createInvariants(room).check()
  await assertSettled(room)
})

test('what is due is found without any message', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'one' })
  const received = await receiveUpload(room, room.alice, uploadOf('two'))
  await room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received))
  const gone = await room.upload(room.alice, { name: 'b' })
  await trash(room, gone.id)
  const folder = await room.makeFolder(room.alice, 'f')
  await room.upload(room.alice, { name: 'c', folderId: folder.id })
  await room.inTransaction((tx) => trashFolder(room, tx, room.alice, folder.id))
  await room.inTransaction((tx) => tx.sql.run('DELETE FROM message'))
  room.advance(graceMs)
  assert.deepEqual(await purgeDue(room, { nowMs: room.now(), graceMs: 1, limit: 100 }), {
    files: 0,
    folders: 0,
    versions: 0,
    erasures: 0,
    blobs: 0,
  })
  assert.deepEqual(await due(room), { files: 2, folders: 1, versions: 1, erasures: 0, blobs: 1 })
  assert.equal(await assertSettled(room), 1)
})
