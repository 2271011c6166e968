import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { EntryKey } from '../entry.ts'
import { eraseBytes, finishErasure } from '../erase-file.ts'
import { changeFile, changeFolder, trash, trashTree } from '../testing/deeds.ts'
import { createInvariants } from '../testing/invariants.ts'
import { graceMs, openMediaRoom } from '../testing/open-media-room.ts'
import { shareEntry } from './share-entry.ts'

async function openSharedRoom(t: TestContext) {
  const room = await openMediaRoom(t)
  const { alice, bob, viewer } = room
  await room.enrol(alice, bob, viewer)
  const share = async (entry: EntryKey) => {
    for (const { userId } of [bob, viewer]) await room.inTransaction((tx) => shareEntry(tx, alice, entry, userId))
  }
  const sharedFile = async (name: string, folderId: string | null = null) => {
    const file = await room.upload(alice, { name, folderId })
    await changeFile(room, alice, file.id, { private: true })
    await share({ type: 'file', id: file.id })
    return file
  }
  const sharedFolder = async (name: string, parentId: string | null = null) => {
    const { id } = await room.makeFolder(alice, name, parentId)
    await changeFolder(room, alice, id, { private: true })
    await share({ type: 'folder', id })
    return id
  }
  /** The entries that are shared with anybody, each once, in order. */
  const shared = async () =>
    (await room.read.all<{ id: string }>('SELECT DISTINCT entry_id AS id FROM entry_share ORDER BY entry_id')).map(({ id }) => id)
  return { ...room, sharedFile, sharedFolder, shared, check: createInvariants(room).check }
}

describe('the end of shares', () => {
  test('a file that is purged is shared with nobody any more; until then, and with what is beside it, it stays', async (t) => {
    const room = await openSharedRoom(t)
    const gone = await room.sharedFile('gone')
    const kept = await room.sharedFile('kept')
    await trash(room, room.alice, gone.id)
    assert.deepEqual(await room.shared(), [gone.id, kept.id].toSorted())
    room.advance(graceMs)
    await room.work()
    assert.deepEqual(await room.shared(), [kept.id])
    await room.check()
  })

  test('a file that is erased is shared with nobody any more', async (t) => {
    const room = await openSharedRoom(t)
    const gone = await room.sharedFile('gone')
    const kept = await room.sharedFile('kept')
    await eraseBytes(room, room.alice, gone.id)
    await room.inTransaction((tx) => finishErasure(room, tx, room.alice.userId, gone.id))
    assert.deepEqual(await room.shared(), [kept.id])
    await room.check()
  })

  test('a folder that is purged takes along the shares of what lay in it, and no others', async (t) => {
    const room = await openSharedRoom(t)
    const top = await room.sharedFolder('top')
    await room.makeFolder(room.alice, 'below', top)
    await room.sharedFile('inside', top)
    const kept = await room.sharedFolder('kept')
    await trashTree(room, room.alice, top)
    assert.equal((await room.shared()).length, 4)
    room.advance(graceMs)
    await room.work()
    assert.deepEqual(await room.shared(), [kept])
    await room.check()
  })
})
