import assert from 'node:assert/strict'
import test from 'node:test'
import type { Sql, Tx } from '../kernel/tx.ts'
import { folderChildren } from './folder-children.ts'
import { getFolder } from './get-folder.ts'
import { maxFolderDepth } from './limits.ts'
import { type FolderPatch, patchFolder } from './patch-folder.ts'
import { restoreFolder } from './restore-folder.ts'
import { createInvariants } from './testing/invariants.ts'
import { failure, type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'
import { trashFolder } from './trash-folder.ts'

const patch = (room: MediaRoom, folderId: string, change: FolderPatch, principal = room.alice) =>
  room.inTransaction((tx) => patchFolder(tx, principal, folderId, change))

async function chain(room: MediaRoom, length: number, parentId: string | null = null): Promise<string[]> {
  const ids: string[] = []
  for (let depth = 0; depth < length; depth++) ids.push((await room.makeFolder(room.alice, `f${depth}`, ids.at(-1) ?? parentId)).id)
  return ids
}

test('a folder is made, renamed, moved and marked', async (t) => {
  const room = await openMediaRoom(t)
  const [top, other] = [await room.makeFolder(room.alice, 'top'), await room.makeFolder(room.bob, 'other')]
  const below = await room.makeFolder(room.alice, 'below', top.id)
  assert.deepEqual([below.parentId, below.depth, below.private, below.favourite], [top.id, 2, false, false])
  const renamed = await patch(room, below.id, { name: 'Below', favourite: true })
  assert.deepEqual([renamed.name, renamed.favourite, renamed.parentId], ['Below', true, top.id])
  const moved = await patch(room, top.id, { parentId: other.id })
  assert.deepEqual([moved.parentId, moved.depth], [other.id, 2])
  assert.equal((await getFolder(room.read, room.bob, below.id)).depth, 3)
  assert.deepEqual(await room.auditOf(below.id), ['folder.created', 'folder.changed'])
  await createInvariants(room).check()
})

test('a name is taken once among siblings, folders and files alike, case aside', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'straße')
  await assert.rejects(room.makeFolder(room.bob, 'STRASSE'), failure('name.taken'))
  await assert.rejects(room.upload(room.alice, { name: 'Strasse' }), failure('name.taken'))
  const other = await room.makeFolder(room.alice, 'other')
  await assert.rejects(patch(room, other.id, { name: 'STRAßE' }), failure('name.taken'))
  const inside = await room.makeFolder(room.alice, 'straße', folder.id)
  await assert.rejects(patch(room, inside.id, { parentId: null }), failure('name.taken'))
  await patch(room, folder.id, { name: 'STRASSE' })
  await patch(room, other.id, { name: 'straße ii' })
  await createInvariants(room).check()
})

test('no folder comes to lie in itself', async (t) => {
  const room = await openMediaRoom(t)
  const [top = '', middle = '', bottom = ''] = await chain(room, 3)
  for (const parentId of [top, middle, bottom]) await assert.rejects(patch(room, top, { parentId }), failure('folder.cycle'))
  await patch(room, bottom, { parentId: top })
  await createInvariants(room).check()
})

test('two moves that would make a cycle together: one is refused', async (t) => {
  const room = await openMediaRoom(t)
  const [one, other] = [await room.makeFolder(room.alice, 'one'), await room.makeFolder(room.alice, 'other')]
  const outcomes = await Promise.allSettled([patch(room, one.id, { parentId: other.id }), patch(room, other.id, { parentId: one.id })])
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('trees have a stated depth, by making and by moving', async (t) => {
  const room = await openMediaRoom(t)
  const deep = await chain(room, maxFolderDepth)
  await assert.rejects(room.makeFolder(room.alice, 'more', deep.at(-1)), failure('folder.too_deep'))
  const [short = ''] = await chain(room, 3, (await room.makeFolder(room.alice, 'beside')).id)
  await assert.rejects(patch(room, short, { parentId: deep.at(-3) ?? null }), failure('folder.too_deep'))
  await patch(room, short, { parentId: deep.at(-4) ?? null })
  await createInvariants(room).check()
})

test('places of another tenant, and ids that are none, are unknown', async (t) => {
  const room = await openMediaRoom(t)
  const theirs = await room.makeFolder(room.stranger, 'theirs')
  const ours = await room.makeFolder(room.alice, 'ours')
  for (const parentId of [theirs.id, crypto.randomUUID(), '', "' OR 1=1 --"]) {
    await assert.rejects(room.makeFolder(room.alice, 'x', parentId), failure('folder.unknown'))
    await assert.rejects(patch(room, ours.id, { parentId }), failure('folder.unknown'))
    await assert.rejects(room.upload(room.alice, { name: 'x', folderId: parentId }), failure('folder.unknown'))
    await assert.rejects(folderChildren(room.read, room.alice, parentId, { limit: 10 }), failure('folder.unknown'))
  }
  await assert.rejects(patch(room, theirs.id, { name: 'ours now' }), failure('folder.unknown'))
  await assert.rejects(patch(room, ours.id, { name: 'x' }, room.viewer), failure('auth.forbidden'))
  await room.makeFolder(room.stranger, 'ours')
})

test('children come folders first, each by name, a page at a time, and stay in step while others come', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'top')
  for (const name of ['b', 'D', 'a', 'C']) await room.makeFolder(room.alice, name, folder.id)
  for (const name of ['z', 'Y', 'x']) await room.upload(room.alice, { name, folderId: folder.id })
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await folderChildren(room.read, room.bob, folder.id, { limit: 2, cursor })
    seen.push(...page.items.map((entry) => (entry.type === 'folder' ? entry.folder.name : entry.file.name)))
    cursor = page.next ?? undefined
    if (seen.length === 2) await room.makeFolder(room.alice, 'aa', folder.id)
  } while (cursor !== undefined)
  assert.deepEqual(seen, ['a', 'b', 'C', 'D', 'x', 'Y', 'z'])
  await assert.rejects(folderChildren(room.read, room.bob, folder.id, { limit: 2, cursor: 'x' }), failure('request.cursor_invalid'))
})

test('children are read in three statements, however many there are', async (t) => {
  const room = await openMediaRoom(t)
  for (const name of ['a', 'b', 'c']) {
    await room.makeFolder(room.alice, name)
    await room.upload(room.alice, { name: `${name}.txt` })
  }
  const asked: string[] = []
  const all: Sql['all'] = (text, values) => {
    asked.push(text)
    return room.read.all(text, values)
  }
  const get: Sql['get'] = () => assert.fail('one by one')
  const { items } = await folderChildren({ ...room.read, all, get }, room.alice, null, { limit: 10 })
  assert.equal(items.length, 6)
  assert.equal(asked.length, 3)
})

test('a tree is trashed and restored in as many statements as it is deep, however wide it is', async (t) => {
  const room = await openMediaRoom(t)
  const statementsFor = async (width: number) => {
    const root = await room.makeFolder(room.alice, `of ${width}`)
    for (let at = 0; at < width; at++) {
      const below = await room.makeFolder(room.alice, `below ${at}`, root.id)
      await room.upload(room.alice, { name: `${width}.${at}`, folderId: below.id })
    }
    let statements = 0
    const counted = (tx: Tx): Tx => {
      const count = <Result>(result: Result): Result => {
        statements++
        return result
      }
      return {
        ...tx,
        sql: {
          all: (text, values) => count(tx.sql.all(text, values)),
          get: (text, values) => count(tx.sql.get(text, values)),
          run: (text, values) => count(tx.sql.run(text, values)),
          afterCommit: (callback) => tx.sql.afterCommit(callback),
          beforeCommit: (write, item) => count(tx.sql.beforeCommit(write, item)),
        },
      }
    }
    await room.inTransaction((tx) => trashFolder(room.media, counted(tx), room.alice, root.id))
    await room.inTransaction((tx) => restoreFolder(counted(tx), room.alice, root.id))
    return statements
  }
  assert.equal(await statementsFor(12), await statementsFor(2))
  await createInvariants(room).check()
})
