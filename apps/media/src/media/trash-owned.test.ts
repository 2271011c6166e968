import assert from 'node:assert/strict'
import test from 'node:test'
import { getFile } from './get-file.ts'
import { getFolder } from './get-folder.ts'
import { userDeleted } from './messages.ts'
import { patchFolder } from './patch-folder.ts'
import { openMediaRoom } from './testing/open-media-room.ts'
import { trashOwned } from './trash-owned.ts'

test('what a deleted user owned is trashed, however often it is said, and nothing of anybody else', async (t) => {
  const room = await openMediaRoom(t)
  const owned = []
  for (const name of ['a', 'b', 'c']) owned.push(await room.upload(room.alice, { name }))
  const other = await room.upload(room.bob, { name: 'd' })
  const { userId } = room.alice
  assert.equal(await room.inTransaction((tx) => trashOwned(room, tx, userId, 2)), 2)
  for (let copy = 1; copy <= 2; copy += 1) await room.inTransaction((tx) => tx.outbox.dispatch(userDeleted, { userId }))
  await room.work()
  for (const { id } of owned) {
    assert.equal((await getFile(room.read, room.alice, id)).state, 'trashed')
    assert.deepEqual(await room.auditOf(id), ['file.created', 'file.trashed'])
  }
  assert.equal((await getFile(room.read, room.bob, other.id)).state, 'active')
})

test('folders that only they saw go along as the trees they are; those of everybody stay, with what is of others', async (t) => {
  const room = await openMediaRoom(t)
  const { alice, bob } = room
  const shared = await room.makeFolder(alice, 'shared')
  const hidden = await room.makeFolder(alice, 'hidden', shared.id)
  const inside = await room.makeFolder(alice, 'inside', hidden.id)
  await room.inTransaction((tx) => patchFolder(tx, alice, hidden.id, { private: true }))
  const file = await room.upload(alice, { name: 'a', folderId: inside.id })
  const others = await room.upload(bob, { name: 'b', folderId: shared.id })
  await room.inTransaction((tx) => tx.outbox.dispatch(userDeleted, { userId: alice.userId }))
  await room.work()
  const states = [shared, hidden, inside].map(async ({ id }) => (await getFolder(room.read, alice, id)).state)
  assert.deepEqual(await Promise.all(states), ['active', 'trashed', 'trashed'])
  const trashed = await getFile(room.read, alice, file.id)
  assert.deepEqual([trashed.state, trashed.trashRootId], ['trashed', hidden.id])
  assert.equal((await getFile(room.read, bob, others.id)).state, 'active')
})
