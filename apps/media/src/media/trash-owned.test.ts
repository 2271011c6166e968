import assert from 'node:assert/strict'
import test from 'node:test'
import { getFile } from './get-file.ts'
import { userDeleted } from './messages.ts'
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
