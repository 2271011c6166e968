import assert from 'node:assert/strict'
import test from 'node:test'
import type { FileEvent, Tx } from '../kernel/tx.ts'
import { restoreFolder } from './restore-folder.ts'
import { type ToldTree, tellTree } from './tell-tree.ts'
import { openMediaRoom } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

test('of each file that goes into the trash or comes back with a folder others are told, once, some at a time', async (t) => {
  const room = await openMediaRoom(t)
  const { alice, inTransaction } = room
  const told: FileEvent[] = []
  const telling = (tx: Tx): Tx => ({ ...tx, correlationId: 'one-story', tell: async (event) => void told.push(event) })
  const changeTree = async (change: (tx: Tx) => Promise<unknown>) => {
    await inTransaction((tx) => change(telling(tx)))
    const text = "SELECT payload FROM message WHERE name = 'media.tree-event.v1' ORDER BY id DESC LIMIT 1"
    const message = await room.read.get<{ payload: string }>(text)
    let left: ToldTree | undefined = JSON.parse(message?.payload ?? 'null') ?? undefined
    for (; left !== undefined; left = await inTransaction((tx) => tellTree(telling(tx), left as ToldTree, 2)));
    return told.splice(0).map(({ type, fileId, at }) => [type, fileId, at])
  }
  const top = await room.makeFolder(alice, 'top')
  const below = await room.makeFolder(alice, 'below', top.id)
  const files = [await room.upload(alice, { name: 'a', folderId: top.id }), await room.upload(alice, { name: 'b', folderId: below.id })]
  files.push(await room.upload(alice, { name: 'c', folderId: below.id }), await room.upload(alice, { name: 'd', folderId: below.id }))
  const alone = await room.upload(alice, { name: 'alone', folderId: below.id })
  await inTransaction((tx) => trashFile(room, tx, alice, alone.id))
  const expected = (type: string) => new Set(files.map(({ id }) => JSON.stringify([type, id, room.now()])))
  const asTexts = (events: readonly unknown[]) => new Set(events.map((event) => JSON.stringify(event)))

  for (let time = 0; time < 2; time++) {
    room.advance(1_000)
    const trashed = await changeTree((tx) => trashFolder(room, tx, alice, top.id))
    assert.deepEqual([asTexts(trashed), trashed.length], [expected('file.trashed'), files.length])
    const restored = await changeTree((tx) => restoreFolder(tx, alice, top.id))
    assert.deepEqual([asTexts(restored), restored.length], [expected('file.restored'), files.length])
  }
})

test('of a folder without a file nothing is told', async (t) => {
  const room = await openMediaRoom(t)
  const { id } = await room.makeFolder(room.alice, 'empty')
  await room.inTransaction((tx) => trashFolder(room, { ...tx, tell: () => assert.fail() }, room.alice, id))
  assert.equal(await room.read.get("SELECT 1 FROM message WHERE name = 'media.tree-event.v1'"), undefined)
})
