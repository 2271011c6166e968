import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import type { Principal } from '../../kernel/principal.ts'
import { copyFile } from '../copy-file.ts'
import { emptyTrash } from '../empty-trash.ts'
import type { EntryKey } from '../entry.ts'
import { folderChildren } from '../folder-children.ts'
import { getFile } from '../get-file.ts'
import { getFolder } from '../get-folder.ts'
import { listFiles } from '../list-files.ts'
import { listFolders } from '../list-folders.ts'
import { listTrash } from '../list-trash.ts'
import { listingVersion } from '../listing-version.ts'
import { restoreFile } from '../restore-file.ts'
import { restoreFolder } from '../restore-folder.ts'
import { searchFiles } from '../search/search-files.ts'
import {
  assertReader,
  assertReaderOfFolder,
  assertUnknown,
  assertUnknownFolder,
  changeFile,
  changeFolder,
  page,
  shown,
  trash,
  trashTree,
} from '../testing/deeds.ts'
import { createInvariants } from '../testing/invariants.ts'
import { failure, openMediaRoom } from '../testing/open-media-room.ts'
import { forgetShares } from './forget-shares.ts'
import { listShares } from './list-shares.ts'
import { readersOf } from './readers-of.ts'
import { shareEntry } from './share-entry.ts'
import { withdrawShare } from './withdraw-share.ts'

async function openSharingRoom(t: TestContext) {
  const room = await openMediaRoom(t)
  const { alice, bob, viewer, admin, stranger } = room
  await room.enrol(alice, bob, viewer, admin, stranger)
  const invariants = createInvariants(room)
  return {
    ...room,
    check: invariants.check,
    share: (entry: EntryKey, { userId }: Principal, by = alice) => room.inTransaction((tx) => shareEntry(tx, by, entry, userId)),
    withdraw: (entry: EntryKey, { userId }: Principal, by = alice) => room.inTransaction((tx) => withdrawShare(tx, by, entry, userId)),
    privateFile: async (name: string, folderId: string | null = null) => {
      const { id } = await room.upload(alice, { name, folderId })
      return changeFile(room, alice, id, { private: true })
    },
    privateFolder: async (name: string, parentId: string | null = null) => {
      const { id } = await room.makeFolder(alice, name, parentId)
      return changeFolder(room, alice, id, { private: true })
    },
    sharesOf: async (entry: EntryKey) => (await listShares(room.read, alice, entry, page)).items,
  }
}

const file = (id: string) => ({ type: 'file', id }) as const
const folder = (id: string) => ({ type: 'folder', id }) as const

describe('sharing', () => {
  test('a private file is looked at by whom it is shared with, whatever their role, and changed by its owner alone', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, viewer, admin } = room
    const { id } = await room.privateFile('plan.txt')
    await assertUnknown(room, bob, id)
    await room.share(file(id), bob)
    await assertReader(room, bob, id)
    for (const other of [admin, room.stranger]) await assertUnknown(room, other, id)
    await room.share(file(id), admin)
    await assertReader(room, admin, id)
    await room.share(file(id), viewer)
    assert.ok((await shown(room, viewer)).has(id))
    await room.withdraw(file(id), bob)
    await assertUnknown(room, bob, id)
    await assertReader(room, admin, id)
    assert.deepEqual(
      (await room.auditOf(id)).filter((action) => action.endsWith('shared')),
      ['file.shared', 'file.shared', 'file.shared', 'file.unshared'],
    )
    assert.equal((await getFile(room.read, alice, id)).name, 'plan.txt')
    await room.check()
  })

  test('what lies in a shared folder is shared, however deep and whenever it comes there, but for what is private itself', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob } = room
    const top = await room.privateFolder('top')
    const early = await room.makeFolder(alice, 'early', top.id)
    const inside = await room.upload(alice, { name: 'a', folderId: early.id })
    const closed = await room.privateFolder('closed', top.id)
    const belowClosed = await room.makeFolder(alice, 'below', closed.id)
    const secret = await room.privateFile('secret', early.id)
    await room.share(folder(top.id), bob)
    const late = await room.makeFolder(alice, 'late', early.id)
    const lateFile = await room.upload(alice, { name: 'b', folderId: late.id })
    for (const { id } of [top, early, late]) await assertReaderOfFolder(room, bob, id)
    for (const { id } of [inside, lateFile]) await assertReader(room, bob, id)
    for (const { id } of [closed, belowClosed]) await assertUnknownFolder(room, bob, id)
    await assertUnknown(room, bob, secret.id)
    assert.deepEqual(
      (await folderChildren(room.read, bob, early.id, page)).items.map((entry) =>
        entry.type === 'file' ? entry.file.id : entry.folder.id,
      ),
      [late.id, inside.id],
    )
    assert.equal((await listFiles(room.read, bob, { folderId: early.id }, page)).items.length, 1)
    await room.check()
    await room.withdraw(folder(top.id), bob)
    for (const { id } of [top, early, late]) await assertUnknownFolder(room, bob, id)
    for (const { id } of [inside, lateFile]) await assertUnknown(room, bob, id)
    await room.check()
  })

  test('shares follow what is moved, hidden and shown', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob } = room
    const shared = await room.privateFolder('shared')
    const other = await room.privateFolder('other')
    await room.share(folder(shared.id), bob)
    const tree = await room.makeFolder(alice, 'tree', other.id)
    const below = await room.makeFolder(alice, 'below', tree.id)
    const inside = await room.upload(alice, { name: 'a', folderId: below.id })
    await assertUnknown(room, bob, inside.id)
    await changeFolder(room, alice, tree.id, { parentId: shared.id })
    await assertReader(room, bob, inside.id)
    await changeFolder(room, alice, below.id, { private: true })
    await assertUnknown(room, bob, inside.id)
    await changeFolder(room, alice, below.id, { private: false })
    await assertReader(room, bob, inside.id)
    await room.check()
    await changeFolder(room, alice, tree.id, { parentId: other.id })
    await assertUnknown(room, bob, inside.id)
    await changeFile(room, alice, inside.id, { folderId: shared.id })
    await assertReader(room, bob, inside.id)
    await changeFile(room, alice, inside.id, { folderId: other.id })
    await assertUnknown(room, bob, inside.id)
    // A share stays with what was shared, and counts whenever that is private.
    await room.share(file(inside.id), bob)
    await changeFile(room, alice, inside.id, { folderId: null })
    await changeFile(room, room.admin, inside.id, { name: 'everybody’s' })
    await changeFile(room, alice, inside.id, { private: true })
    await assertReader(room, bob, inside.id)
    await assertUnknown(room, room.admin, inside.id)
    await room.check()
  })

  test('what is shared by itself is shown at the top to whom its folder is not shown', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, read } = room
    const top = await room.privateFolder('top')
    const { id } = await room.upload(alice, { name: 'alone', folderId: top.id })
    const below = await room.makeFolder(alice, 'below', top.id)
    await room.upload(alice, { name: 'inside', folderId: below.id })
    await room.share(file(id), bob)
    await room.share(folder(below.id), bob)
    const told = async (principal: Principal) =>
      JSON.stringify([
        await getFile(read, principal, id),
        await getFolder(read, principal, below.id),
        await listFiles(read, principal, {}, page),
        await listFolders(read, principal, {}, page),
        await listTrash(read, principal, page),
        await folderChildren(read, principal, below.id, page),
        (await searchFiles(room, principal, 'alone', {}, page)).items,
      ])
    assert.ok(!(await told(bob)).includes(top.id))
    assert.ok((await told(bob)).includes(below.id))
    assert.ok((await told(alice)).includes(top.id))
    await trash(room, alice, id)
    await trashTree(room, alice, below.id)
    assert.ok(!JSON.stringify(await listTrash(read, bob, page)).includes(top.id))
    await room.inTransaction((tx) => restoreFile(tx, alice, id))
    await room.inTransaction((tx) => restoreFolder(tx, alice, below.id))
    await room.share(folder(top.id), bob)
    assert.ok((await told(bob)).includes(top.id))
  })

  test('two shares of folders one in the other are withdrawn one by one', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob } = room
    const top = await room.privateFolder('top')
    const below = await room.makeFolder(alice, 'below', top.id)
    const inside = await room.upload(alice, { name: 'a', folderId: below.id })
    const [first, second] = [await room.share(folder(top.id), bob), await room.share(folder(below.id), bob)]
    await room.share(file(inside.id), bob)
    assert.deepEqual(await room.share(folder(top.id), bob), first, 'a repeat changes nothing')
    const { userId } = bob
    assert.deepEqual(
      new Set(await room.sharesOf(file(inside.id))),
      new Set([
        { userId, folderId: null, sharedAt: second.sharedAt },
        { userId, folderId: top.id, sharedAt: first.sharedAt },
        { userId, folderId: below.id, sharedAt: second.sharedAt },
      ]),
    )
    assert.equal((await room.sharesOf(folder(below.id))).length, 2)
    assert.deepEqual(await readersOf(room.read, [inside.id]), new Map([[inside.id, [userId]]]))
    await room.withdraw(folder(top.id), bob)
    await assertUnknownFolder(room, bob, top.id)
    await assertReaderOfFolder(room, bob, below.id)
    await room.withdraw(folder(below.id), bob)
    await assertUnknownFolder(room, bob, below.id)
    await assertReader(room, bob, inside.id)
    await room.withdraw(file(inside.id), bob)
    await assertUnknown(room, bob, inside.id)
    for (const entry of [file(inside.id), folder(top.id)]) await assert.rejects(room.withdraw(entry, bob), failure('share.unknown'))
    await room.check()
  })

  test('the trash is shared as what lies in it was, and its owner alone restores and erases', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob } = room
    const top = await room.privateFolder('top')
    const below = await room.makeFolder(alice, 'below', top.id)
    const inside = await room.upload(alice, { name: 'a', folderId: below.id })
    await room.share(folder(top.id), bob)
    await trash(room, alice, inside.id)
    await trashTree(room, alice, below.id)
    assert.deepEqual((await emptyTrash(room, bob)).erased, [])
    for (const id of [inside.id, below.id]) assert.ok((await shown(room, bob, top.id)).has(id))
    await assert.rejects(
      room.inTransaction((tx) => restoreFile(tx, bob, inside.id)),
      failure('entry.not_yours'),
    )
    await assert.rejects(
      room.inTransaction((tx) => restoreFolder(tx, bob, below.id)),
      failure('entry.not_yours'),
    )
    await assert.rejects(room.share(file(inside.id), room.admin), failure('file.trashed'))
    await room.withdraw(folder(top.id), bob)
    for (const id of [inside.id, below.id]) assert.ok(!(await shown(room, bob)).has(id))
    await room.share(folder(top.id), bob)
    await room.inTransaction((tx) => restoreFolder(tx, alice, below.id))
    await room.inTransaction((tx) => restoreFile(tx, alice, inside.id))
    await assertReader(room, bob, inside.id)
    await trash(room, alice, inside.id)
    await trashTree(room, alice, top.id)
    const back = await room.inTransaction((tx) => restoreFile(tx, alice, inside.id))
    assert.deepEqual([back.folderId, back.private], [null, true])
    await assertUnknown(room, bob, inside.id)
    await room.check()
  })

  test('only the owner shares and knows with whom, users of the tenant alone, and no more than may be', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, admin, viewer, stranger } = room
    const { id } = await room.privateFile('plan')
    const top = await room.privateFolder('top')
    for (const entry of [file(id), folder(top.id)]) {
      const unknown = failure(`${entry.type}.unknown`)
      for (const other of [bob, admin, stranger]) {
        await assert.rejects(room.share(entry, viewer, other), unknown)
        await assert.rejects(room.withdraw(entry, viewer, other), unknown)
        await assert.rejects(listShares(room.read, other, entry, page), unknown)
      }
      for (const reader of [bob, admin]) {
        await room.share(entry, reader)
        await assert.rejects(room.share(entry, viewer, reader), failure('entry.not_yours'))
        await assert.rejects(room.withdraw(entry, reader, reader), failure('entry.not_yours'))
        await assert.rejects(listShares(room.read, reader, entry, page), failure('entry.not_yours'))
      }
      await assert.rejects(room.share(entry, viewer, { ...alice, roles: ['viewer'] }), failure('auth.forbidden'))
      for (const other of [stranger, { ...bob, userId: crypto.randomUUID() }])
        await assert.rejects(room.share(entry, other), failure('user.unknown'))
      await assert.rejects(room.share(entry, alice), failure('share.with_owner'))
    }
    const marks = Array.from({ length: 98 }, () => '(?, ?, ?, ?, 0)').join(', ')
    const values = Array.from({ length: 98 }, () => [id, crypto.randomUUID(), id, alice.userId]).flat()
    await room.inTransaction(({ sql }) =>
      sql.run(`INSERT INTO entry_share (entry_id, user_id, from_id, owner_id, shared_at) VALUES ${marks}`, values),
    )
    await assert.rejects(room.share(file(id), viewer), failure('share.too_many'))
    const first = await listShares(room.read, alice, file(id), { limit: 60 })
    const second = await listShares(room.read, alice, file(id), { limit: 60, cursor: first.next ?? undefined })
    assert.deepEqual([new Set([...first.items, ...second.items].map(({ userId }) => userId)).size, second.next], [100, null])
  })

  test('a copy of what is shared belongs to who made it, for nobody else to see, and lies elsewhere', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob } = room
    const top = await room.privateFolder('top')
    const inside = await room.upload(alice, { name: 'a', folderId: top.id })
    await room.share(folder(top.id), bob)
    const copyTo = (folderId?: string | null) => room.inTransaction((tx) => copyFile(tx, bob, inside.id, { folderId }))
    for (const place of [undefined, top.id]) await assert.rejects(copyTo(place), failure('entry.not_yours'))
    const copy = await copyTo(null)
    assert.deepEqual([copy.ownerId, copy.private], [bob.userId, true])
    for (const other of [alice, room.admin]) await assertUnknown(room, other, copy.id)
    const alone = await room.upload(alice, { name: 'b', folderId: (await room.privateFolder('closed')).id })
    await room.share(file(alone.id), bob)
    const ofAlone = await room.inTransaction((tx) => copyFile(tx, bob, alone.id, {}))
    assert.deepEqual([ofAlone.folderId, ofAlone.private], [null, true], 'at the top, where it is shown')
    await room.check()
  })

  test('nothing of anybody else is put into a shared folder, and no name tells what else lies there', async (t) => {
    const room = await openSharingRoom(t)
    const { bob } = room
    const top = await room.privateFolder('top')
    await room.privateFile('secret', top.id)
    await room.share(folder(top.id), bob)
    const own = await room.upload(bob, { name: 'secret' })
    const ownFolder = await room.makeFolder(bob, 'secret folder')
    await assert.rejects(changeFile(room, bob, own.id, { folderId: top.id }), failure('entry.not_yours'))
    await assert.rejects(changeFolder(room, bob, ownFolder.id, { parentId: top.id }), failure('entry.not_yours'))
  })

  test('a listing that was kept is another one once something in it is shared, or is not any more', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, read } = room
    const top = await room.privateFolder('top')
    const { id } = await room.privateFile('plan')
    const versions = async () => [await listingVersion(read, alice.tenantId, null), await listingVersion(read, alice.tenantId, top.id)]
    const seen = [await versions()]
    for (const act of [room.share, room.withdraw]) {
      await act(file(id), bob)
      seen.push(await versions())
      await act(folder(top.id), bob)
      seen.push(await versions())
    }
    assert.equal(new Set(seen.map(([ofTop]) => ofTop)).size, 5)
    assert.equal(new Set(seen.map(([, ofFolder]) => ofFolder)).size, 3)
  })

  test('with the end of a user end the shares with them and of theirs', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, admin } = room
    const { id } = await room.privateFile('plan')
    const top = await room.privateFolder('top')
    await room.share(file(id), bob)
    await room.share(folder(top.id), admin)
    await room.inTransaction((tx) => forgetShares(tx, bob.tenantId, bob.userId))
    await assertUnknown(room, bob, id)
    await assertReaderOfFolder(room, admin, top.id)
    await room.inTransaction((tx) => forgetShares(tx, alice.tenantId, alice.userId))
    await assertUnknownFolder(room, admin, top.id)
  })

  test('what others have in the trash of a folder is not shared with it', async (t) => {
    const room = await openSharingRoom(t)
    const { alice, bob, admin } = room
    const top = await room.makeFolder(alice, 'top')
    const others = await room.upload(bob, { name: 'a', folderId: top.id })
    const tree = await room.makeFolder(bob, 'b', top.id)
    await trash(room, bob, others.id)
    await trashTree(room, bob, tree.id)
    await changeFolder(room, alice, top.id, { private: true })
    await room.share(folder(top.id), admin)
    await assertReaderOfFolder(room, admin, top.id)
    await assertUnknown(room, admin, others.id)
    await assertUnknownFolder(room, admin, tree.id)
    await room.check()
  })
})
