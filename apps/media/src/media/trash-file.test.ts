import assert from 'node:assert/strict'
import test from 'node:test'
import type { Principal } from '../kernel/principal.ts'
import type { InTransaction } from '../kernel/tx.ts'
import { copyFile } from './copy-file.ts'
import { eraseBytes, finishErasure } from './erase-file.ts'
import { folderChildren } from './folder-children.ts'
import { getFile } from './get-file.ts'
import { listTrash } from './list-trash.ts'
import { openContent } from './open-content.ts'
import { patchFile } from './patch-file.ts'
import { patchFolder } from './patch-folder.ts'
import { restoreFile } from './restore-file.ts'
import { restoreFolder } from './restore-folder.ts'
import { shareEntry } from './sharing/share-entry.ts'
import { createInvariants } from './testing/invariants.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'
import { tracesOf } from './testing/traces.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

const trash = (room: MediaRoom, id: string) => room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
const restore = (room: MediaRoom, id: string) => room.inTransaction((tx) => restoreFile(tx, room.alice, id))
const trashTree = (room: MediaRoom, id: string) => room.inTransaction((tx) => trashFolder(room, tx, room.alice, id))
const restoreTree = (room: MediaRoom, id: string) => room.inTransaction((tx) => restoreFolder(tx, room.alice, id))

const trashNames = async (room: MediaRoom) =>
  (await listTrash(room.read, room.bob, { limit: 100 })).items.map((entry) => (entry.type === 'file' ? entry.file.name : entry.folder.name))
const namesIn = async (room: MediaRoom, folderId: string | null) =>
  (await folderChildren(room.read, room.bob, folderId, { limit: 100 })).items.map((entry) =>
    entry.type === 'file' ? entry.file.name : entry.folder.name,
  )

test('a trashed file is out of reach at once, keeps its bytes for the grace, and a repeat changes nothing', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const trashed = await trash(room, file.id)
  assert.deepEqual([trashed?.state, trashed?.trashedAt, trashed?.purgeAt], ['trashed', room.now(), room.now() + graceMs])
  room.advance(1_000)
  assert.equal(await trash(room, file.id), undefined)
  assert.equal((await getFile(room.read, room.bob, file.id)).purgeAt, trashed?.purgeAt)
  await assert.rejects(openContent(room, room.alice, file.id), failure('file.unknown'))
  await assert.rejects(
    room.inTransaction((tx) => patchFile(tx, room.alice, file.id, { name: 'b' })),
    failure('file.trashed'),
  )
  await assert.rejects(
    room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'b' })),
    failure('file.trashed'),
  )
  assert.deepEqual([await namesIn(room, null), await trashNames(room)], [[], ['a']])
  await room.upload(room.alice, { name: 'A' })
  await assert.rejects(
    room.inTransaction((tx) => trashFile(room, tx, room.viewer, file.id)),
    failure('auth.forbidden'),
  )
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed'])
})

test('a restored file is as it was, and its purge is cancelled', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'f')
  const file = await room.upload(room.alice, { name: 'a', folderId: folder.id })
  await assert.rejects(restore(room, file.id), failure('file.not_trashed'))
  await trash(room, file.id)
  room.advance(graceMs - 1)
  const back = await restore(room, file.id)
  assert.deepEqual([back.state, back.folderId, back.trashedAt, back.purgeAt, back.epoch], ['active', folder.id, null, null, 2])
  room.advance(graceMs)
  await room.work()
  assert.equal((await getFile(room.read, room.bob, file.id)).state, 'active')
  const cancelled = await room.read.all("SELECT id FROM message WHERE state = 'cancelled'")
  assert.equal(cancelled.length, 1)
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed', 'file.restored'])
})

test('into the trash and out of it a file is taken, its folder is listed anew, and the index is told where it comes back elsewhere', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'f')
  const file = await room.upload(room.alice, { name: 'a', folderId: folder.id })
  const restored = (inTransaction: InTransaction) => inTransaction((tx) => restoreFile(tx, room.alice, file.id))
  const trashed = await tracesOf(room, file, (inTransaction) => inTransaction((tx) => trashFile(room, tx, room.alice, file.id)))
  assert.deepEqual(trashed, { taken: true, listedAnew: true, told: false })
  assert.deepEqual(await tracesOf(room, file, restored), { taken: true, listedAnew: true, told: false })
  await trash(room, file.id)
  await trashTree(room, folder.id)
  assert.deepEqual(await tracesOf(room, { ...file, folderId: null }, restored), { taken: true, listedAnew: true, told: true })
})

test('whoever may not change a file does not bring it back, and a private one comes back private', async (t) => {
  const room = await openMediaRoom(t)
  await room.enrol(room.alice, room.bob)
  const file = await room.upload(room.alice, { name: 'a' })
  await room.inTransaction((tx) => patchFile(tx, room.alice, file.id, { private: true }))
  await room.inTransaction((tx) => shareEntry(tx, room.alice, { type: 'file', id: file.id }, room.bob.userId))
  const by = (principal: Principal) => room.inTransaction((tx) => restoreFile(tx, principal, file.id))
  const trashBy = (principal: Principal) => room.inTransaction((tx) => trashFile(room, tx, principal, file.id))
  await assert.rejects(trashBy(room.bob), failure('entry.not_yours'))
  await trash(room, file.id)
  await assert.rejects(by(room.bob), failure('entry.not_yours'))
  await assert.rejects(by({ ...room.alice, roles: ['viewer'] }), failure('auth.forbidden'))
  assert.equal((await by(room.alice)).private, true)
  await createInvariants(room).check()
})

test('a name that was taken meanwhile stands in the way of a restore', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  await trash(room, file.id)
  const other = await room.upload(room.alice, { name: 'A' })
  await assert.rejects(restore(room, file.id), failure('name.taken'))
  assert.equal((await getFile(room.read, room.alice, file.id)).state, 'trashed')
  await room.inTransaction((tx) => patchFile(tx, room.alice, other.id, { name: 'b' }))
  await restore(room, file.id)
  await createInvariants(room).check()
})

test('a file whose folder is gone or in the trash comes back at the top', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'f')
  const [one, other] = [
    await room.upload(room.alice, { name: 'a', folderId: folder.id }),
    await room.upload(room.alice, { name: 'b', folderId: folder.id }),
  ]
  await trash(room, one.id)
  await trashTree(room, folder.id)
  assert.equal((await restore(room, one.id)).folderId, null)
  await trash(room, one.id)
  assert.equal((await restore(room, other.id)).folderId, null, 'out of a trashed tree')
  room.advance(graceMs / 2)
  await trash(room, other.id)
  room.advance(graceMs / 2)
  await room.work()
  await assert.rejects(restoreTree(room, folder.id), failure('folder.gone'))
  assert.equal((await restore(room, other.id)).folderId, null)
  await createInvariants(room).check()
})

test('a folder goes with all that lies in it and comes back with it, but for what was in the trash before', async (t) => {
  const room = await openMediaRoom(t)
  const top = await room.makeFolder(room.alice, 'top')
  const below = await room.makeFolder(room.bob, 'below', top.id)
  const deeper = await room.makeFolder(room.alice, 'deeper', below.id)
  const earlier = await room.makeFolder(room.alice, 'earlier', below.id)
  const files = [
    await room.upload(room.alice, { name: 'a', folderId: top.id }),
    await room.upload(room.bob, { name: 'b', folderId: deeper.id }),
  ]
  const [before, beforeInside] = [
    await room.upload(room.bob, { name: 'c', folderId: deeper.id }),
    await room.upload(room.bob, { name: 'd', folderId: earlier.id }),
  ]
  await trash(room, before.id)
  room.advance(1)
  await trashTree(room, earlier.id)
  room.advance(1_000)

  const trashed = await trashTree(room, top.id)
  assert.deepEqual([trashed?.state, trashed?.purgeAt], ['trashed', room.now() + graceMs])
  assert.equal(await trashTree(room, top.id), undefined)
  for (const { id } of files) await assert.rejects(openContent(room, room.alice, id), failure('file.unknown'))
  await assert.rejects(namesIn(room, below.id), failure('folder.trashed'))
  await assert.rejects(room.upload(room.alice, { name: 'x', folderId: deeper.id }), failure('folder.trashed'))
  assert.deepEqual(await trashNames(room), ['top', 'earlier', 'c'], 'one entry for each deletion')
  await assert.rejects(restoreTree(room, below.id), failure('folder.in_trashed_tree'))

  await restoreTree(room, top.id)
  assert.deepEqual(
    [await namesIn(room, top.id), await namesIn(room, below.id), await namesIn(room, deeper.id)],
    [['below', 'a'], ['deeper'], ['b']],
  )
  assert.deepEqual(await trashNames(room), ['earlier', 'c'])
  for (const name of ['below', 'BELOW', 'a']) await assert.rejects(room.makeFolder(room.bob, name, top.id), failure('name.taken'), name)
  await assert.rejects(room.makeFolder(room.bob, 'Deeper', below.id), failure('name.taken'))
  await restore(room, before.id)
  await restoreTree(room, earlier.id)
  assert.equal((await getFile(room.read, room.alice, beforeInside.id)).state, 'active')
  for (const { id } of files) assert.deepEqual(await room.auditOf(id), ['file.created', 'file.trashed', 'file.restored'])
  assert.deepEqual(await room.auditOf(below.id), ['folder.created', 'folder.trashed', 'folder.restored'])
  await createInvariants(room).check()
})

test('a tree comes back as often as it is deleted, where its folder was moved to', async (t) => {
  const room = await openMediaRoom(t)
  const [home, away] = [await room.makeFolder(room.alice, 'home'), await room.makeFolder(room.alice, 'away')]
  const top = await room.makeFolder(room.alice, 'top', home.id)
  const below = await room.makeFolder(room.alice, 'below', top.id)
  const file = await room.upload(room.alice, { name: 'a', folderId: below.id })
  for (let round = 0; round < 3; round++) {
    await trashTree(room, top.id)
    await room.inTransaction((tx) => patchFolder(tx, room.alice, home.id, { parentId: round % 2 === 0 ? away.id : null }))
    await restoreTree(room, top.id)
    await createInvariants(room).check()
  }
  await assert.rejects(restoreTree(room, top.id), failure('folder.not_trashed'))
  assert.equal((await room.auditOf(file.id)).length, 7)
})

test('what was erased out of a trashed tree does not come back with it, nor does the audit say so', async (t) => {
  const room = await openMediaRoom(t)

  const top = await room.makeFolder(room.alice, 'top')
  const file = await room.upload(room.alice, { name: 'a', folderId: top.id })
  await trashTree(room, top.id)
  await eraseBytes(room, room.alice, file.id)
  await room.inTransaction((tx) => finishErasure(room, tx, room.alice.userId, file.id))
  await restoreTree(room, top.id)
  await trashTree(room, top.id)
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.trashed', 'file.erasing', 'file.erased'])
  await createInvariants(room).check()
})

test('when the grace of a tree is over it is too late, also before a worker came by', async (t) => {
  const room = await openMediaRoom(t)
  const top = await room.makeFolder(room.alice, 'top')
  await trashTree(room, top.id)
  room.advance(graceMs)
  await assert.rejects(restoreTree(room, top.id), failure('folder.purging'))
})
