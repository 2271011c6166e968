import assert from 'node:assert/strict'
import test from 'node:test'
import { holdFile } from './legal-hold.ts'
import { listingVersion } from './listing-version.ts'
import { patchFile } from './patch-file.ts'
import { graceMs, openMediaRoom } from './testing/open-media-room.ts'
import { trashFolder } from './trash-folder.ts'

test('a change makes another version of the folders it is in, and of no other', async (t) => {
  const room = await openMediaRoom(t)
  const [from, to, other] = [
    await room.makeFolder(room.alice, 'from'),
    await room.makeFolder(room.alice, 'to'),
    await room.makeFolder(room.alice, 'other'),
  ]
  const file = await room.upload(room.alice, { name: 'file', folderId: from.id })
  const versions = () => Promise.all([from, to, other].map(({ id, tenantId }) => listingVersion(room.read, tenantId, id)))
  const changed = async (change: () => Promise<unknown>) => {
    const before = await versions()
    await change()
    const after = await versions()
    return before.map((version, at) => version !== after[at])
  }
  const move = () => room.inTransaction((tx) => patchFile(tx, room.alice, file.id, { folderId: to.id }))
  assert.deepEqual(await changed(move), [true, true, false])
  assert.deepEqual(await changed(() => room.inTransaction((tx) => holdFile(tx, room.admin, file.id))), [false, true, false])
  assert.deepEqual(await changed(() => room.inTransaction((tx) => trashFolder(room, tx, room.alice, from.id))), [true, true, true])
})

test('no version is left of a folder that was deleted for good', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'folder')
  const inner = await room.makeFolder(room.alice, 'inner', folder.id)
  await room.makeFolder(room.alice, 'innermost', inner.id)
  await room.inTransaction((tx) => trashFolder(room, tx, room.alice, folder.id))
  room.advance(graceMs + 1)
  await room.work()
  const left = await room.read.all('SELECT place FROM listing_version WHERE place IN (?, ?)', [folder.id, inner.id])
  assert.deepEqual(left, [])
})
