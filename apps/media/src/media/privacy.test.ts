import assert from 'node:assert/strict'
import test from 'node:test'
import { copyFile } from './copy-file.ts'
import { folderChildren } from './folder-children.ts'
import { getFile } from './get-file.ts'
import { getFolder } from './get-folder.ts'
import { listFiles } from './list-files.ts'
import { restoreFile } from './restore-file.ts'
import { restoreFolder } from './restore-folder.ts'
import { assertUnknown, changeFile, changeFolder, page, shown, trash, trashTree } from './testing/deeds.ts'
import { createInvariants } from './testing/invariants.ts'
import { failure, openMediaRoom } from './testing/open-media-room.ts'

test('what belongs to another tenant is unknown, whatever its state', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const folder = await room.makeFolder(room.alice, 'f')
  const others: ((id: string) => Promise<unknown>)[] = [
    (id) => getFolder(room.read, room.stranger, id),
    (id) => changeFolder(room, room.stranger, id, { name: 'x' }),
    (id) => trashTree(room, room.stranger, id),
    (id) => room.inTransaction((tx) => restoreFolder(tx, room.stranger, id)),
    (id) => folderChildren(room.read, room.stranger, id, page),
  ]
  for (const attempt of others) await assert.rejects(attempt(folder.id), failure('folder.unknown'))
  await assertUnknown(room, room.stranger, file.id)
  await trash(room, room.alice, file.id)
  await assertUnknown(room, room.stranger, file.id)
  assert.equal((await shown(room, room.stranger)).size, 0)
})

test('a private file is its owner’s alone, an administrator included, in the trash too, and its name is nobody’s business', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'secret.txt' })
  await assert.rejects(changeFile(room, room.bob, file.id, { private: true }), failure('entry.not_yours'))
  await changeFile(room, room.alice, file.id, { private: true })
  for (const other of [room.bob, room.admin]) await assertUnknown(room, other, file.id)
  const same = await room.upload(room.bob, { name: 'secret.txt' })
  assert.equal(same.name, 'secret.txt')
  assert.equal((await listFiles(room.read, room.bob, { name: 'SECRET.TXT' }, page)).items.length, 1)
  await assert.rejects(changeFile(room, room.alice, file.id, { private: false }), failure('name.taken'))
  await trash(room, room.alice, file.id)
  await assertUnknown(room, room.bob, file.id)
  await room.inTransaction((tx) => restoreFile(tx, room.alice, file.id))
  assert.equal((await getFile(room.read, room.alice, file.id)).private, true)
})

test('a private folder hides all that lies in it, however deep, and shows it again', async (t) => {
  const room = await openMediaRoom(t)
  const top = await room.makeFolder(room.alice, 'top')
  const below = await room.makeFolder(room.alice, 'below', top.id)
  const file = await room.upload(room.alice, { name: 'a', folderId: below.id })
  const trashedFolder = await room.makeFolder(room.alice, 'trashed', top.id)
  const inTrash = await room.upload(room.alice, { name: 'b', folderId: trashedFolder.id })
  await trashTree(room, room.alice, trashedFolder.id)
  await changeFolder(room, room.alice, top.id, { private: true })
  for (const id of [file.id, inTrash.id]) await assertUnknown(room, room.bob, id)
  for (const id of [top.id, below.id, trashedFolder.id]) await assert.rejects(getFolder(room.read, room.bob, id), failure('folder.unknown'))
  assert.equal((await shown(room, room.bob)).size, 0)
  await assert.rejects(room.upload(room.bob, { name: 'b', folderId: below.id }), failure('folder.unknown'))
  await createInvariants(room).check()
  await changeFolder(room, room.alice, top.id, { private: false })
  assert.deepEqual(await shown(room, room.bob, below.id), new Set([file.id, top.id, below.id, trashedFolder.id]))
})

test('nobody hides what belongs to others', async (t) => {
  const room = await openMediaRoom(t)
  const mine = await room.makeFolder(room.bob, 'mine')
  await changeFolder(room, room.bob, mine.id, { private: true })
  const file = await room.upload(room.alice, { name: 'a' })
  await assert.rejects(changeFile(room, room.bob, file.id, { folderId: mine.id }), failure('entry.not_yours'))
  const folder = await room.makeFolder(room.alice, 'hers')
  await assert.rejects(changeFolder(room, room.bob, folder.id, { parentId: mine.id }), failure('entry.not_yours'))

  const shared = await room.makeFolder(room.bob, 'shared')
  const inside = await room.upload(room.alice, { name: 'b', folderId: shared.id })
  await assert.rejects(changeFolder(room, room.bob, shared.id, { private: true }), failure('entry.not_yours'))
  await assert.rejects(changeFolder(room, room.bob, shared.id, { parentId: mine.id }), failure('entry.not_yours'))
  await changeFile(room, room.alice, inside.id, { private: true })
  await changeFolder(room, room.bob, shared.id, { private: true })
  assert.equal((await getFile(room.read, room.alice, inside.id)).name, 'b', 'a private file stays visible to its owner')
  await assertUnknown(room, room.bob, inside.id)
  await createInvariants(room).check()
})

test('a copy of a private file is private', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  await changeFile(room, room.alice, file.id, { private: true })
  const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'b' }))
  assert.equal(copy.private, true)
  await assertUnknown(room, room.bob, copy.id)
})

test('what its folder hid stays hidden when it comes back elsewhere', async (t) => {
  const room = await openMediaRoom(t)
  const hidden = await room.makeFolder(room.alice, 'hidden')
  await changeFolder(room, room.alice, hidden.id, { private: true })
  const file = await room.upload(room.alice, { name: 'a', folderId: hidden.id })
  const folder = await room.makeFolder(room.alice, 'f', hidden.id)
  const inside = await room.upload(room.alice, { name: 'b', folderId: folder.id })
  await trash(room, room.alice, file.id)
  await trashTree(room, room.alice, folder.id)
  await trashTree(room, room.alice, hidden.id)
  const back = await room.inTransaction((tx) => restoreFile(tx, room.alice, file.id))
  assert.deepEqual([back.folderId, back.private], [null, true])
  const tree = await room.inTransaction((tx) => restoreFolder(tx, room.alice, folder.id))
  assert.deepEqual([tree.parentId, tree.private], [null, true])
  for (const id of [file.id, inside.id]) await assertUnknown(room, room.bob, id)
  await createInvariants(room).check()
})
