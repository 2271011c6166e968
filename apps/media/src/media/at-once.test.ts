import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from '../kernel/failure.ts'
import type { Tx } from '../kernel/tx.ts'
import { copyFile } from './copy-file.ts'
import { createFolder } from './create-folder.ts'
import { eraseBytes } from './erase-file.ts'
import { getFile } from './get-file.ts'
import { patchFile } from './patch-file.ts'
import { patchFolder } from './patch-folder.ts'
import { purgeFile } from './purge-file.ts'
import { receiveUpload } from './receive-upload.ts'
import { replaceContent } from './replace-content.ts'
import { restoreFolder } from './restore-folder.ts'
import { shareEntry } from './sharing/share-entry.ts'
import { withdrawShare } from './sharing/withdraw-share.ts'
import { storeFiles } from './store-files.ts'
import { createInvariants } from './testing/invariants.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom, uploadOf } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

type Work = (tx: Tx) => Promise<unknown>

// What two transactions at once must not do to each other. SQLite has one writer; elsewhere these are the races that `take` is for. One server
// lets the second wait for the first; of two nodes of a cluster the second commits, and the first is repeated after it. Either order will do.

/** The first has done its work and not committed it when the second begins. What became of each: `done`, or the code of its failure. */
async function atOnce(room: MediaRoom, first: Work, second: Work): Promise<string[]> {
  const { promise: isDone, resolve } = Promise.withResolvers<void>()
  const holding = room.inTransaction(async (tx) => {
    await first(tx)
    resolve()
    // As far as the second comes without the first: to its COMMIT where it is on another node.
    await pause(100)
  })
  await Promise.race([isDone, holding])
  const outcomes = await Promise.allSettled([holding, room.inTransactionElsewhere()(second)])
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'done'
    if (outcome.reason instanceof Failure) return outcome.reason.code
    throw outcome.reason
  })
}

async function openRoom(t: TestContext) {
  const room = await openMediaRoom(t)
  return { room, folder: await room.makeFolder(room.alice, 'folder') }
}

const stateOf = async (room: MediaRoom, table: 'file' | 'folder', name: string) =>
  (await room.read.get<{ state: string }>(`SELECT state FROM ${table} WHERE name = ?`, [name]))?.state

for (const order of ['before', 'after'] as const) {
  const inOrder = (one: Work, other: Work): [Work, Work] => (order === 'before' ? [one, other] : [other, one])

  test(`what is put into a folder ${order} it is deleted goes along or is refused`, async (t) => {
    const { room, folder } = await openRoom(t)
    const received = await receiveUpload(room, room.alice, uploadOf('bytes'))
    const inFolder = await room.makeFolder(room.alice, 'inner', folder.id)
    const file = await room.upload(room.alice, { name: 'moved' })
    const puts: Record<string, Work> = {
      stored: (tx) => storeFiles(room, tx, room.alice, [{ received, name: 'stored', folderId: folder.id }]),
      made: (tx) => createFolder(tx, room.alice, { name: 'made', parentId: inFolder.id }),
      moved: (tx) => patchFile(tx, room.alice, file.id, { folderId: folder.id }),
      copied: (tx) => copyFile(tx, room.alice, file.id, { name: 'copied', folderId: inFolder.id }),
    }
    const deletes: Work = (tx) => trashFolder(room, tx, room.alice, folder.id)
    const putAll: Work = async (tx) => {
      for (const put of Object.values(puts)) await put(tx)
    }
    const outcomes = await atOnce(room, ...inOrder(putAll, deletes))
    assert.equal(await stateOf(room, 'folder', 'inner'), 'trashed')
    const isRefused = outcomes.includes('folder.trashed')
    assert.deepEqual(outcomes.toSorted(), isRefused ? ['done', 'folder.trashed'] : ['done', 'done'])
    const expected = isRefused ? undefined : 'trashed'
    assert.deepEqual(
      [await stateOf(room, 'file', 'stored'), await stateOf(room, 'folder', 'made'), await stateOf(room, 'file', 'copied')],
      [expected, expected, expected],
    )
    await createInvariants(room).check()
  })
}

for (const order of ['before', 'after'] as const) {
  for (const [verb, deed] of [
    ['shared', shareEntry],
    ['withdrawn', withdrawShare],
  ] as const) {
    test(`what is made in a tree or moved there ${order} the tree is ${verb} is shared as the tree is`, async (t) => {
      const { room, folder } = await openRoom(t)
      const { alice, bob } = room
      await room.enrol(bob)
      const entry = { type: 'folder', id: folder.id } as const
      await room.inTransaction((tx) => patchFolder(tx, alice, folder.id, { private: true }))
      const inner = await room.makeFolder(alice, 'inner', folder.id)
      const moved = await room.makeFolder(alice, 'moved')
      if (verb === 'withdrawn') await room.inTransaction((tx) => shareEntry(tx, alice, entry, bob.userId))
      const puts: Work = async (tx) => {
        await createFolder(tx, alice, { name: 'made', parentId: inner.id })
        await patchFolder(tx, alice, moved.id, { parentId: inner.id })
      }
      const decides: Work = (tx) => deed(tx, alice, entry, bob.userId)
      const pair: [Work, Work] = order === 'before' ? [puts, decides] : [decides, puts]
      assert.deepEqual(await atOnce(room, ...pair), ['done', 'done'])
      const shared = await room.read.all('SELECT entry_id FROM entry_share')
      assert.equal(shared.length, verb === 'shared' ? 4 : 0)
      await createInvariants(room).check()
    })
  }
}

test('bytes that replace others at the same moment follow each other; a replacement of certain bytes is refused', async (t) => {
  const { room } = await openRoom(t)
  const { alice } = room
  const file = await room.upload(alice, { name: 'replaced' })
  const replacement = async (ifSha256?: string): Promise<Work> => {
    const received = await receiveUpload(room, alice, uploadOf(`other bytes ${ifSha256}`))
    return (tx) => replaceContent(room, tx, alice, file.id, received, ifSha256)
  }
  assert.deepEqual(await atOnce(room, await replacement(), await replacement()), ['done', 'done'])
  const { version, sha256 } = await getFile(room.read, alice, file.id)
  assert.equal(version, 3)
  const outcomes = await atOnce(room, await replacement(sha256), await replacement(sha256))
  assert.deepEqual(outcomes.toSorted(), ['done', 'file.precondition_failed'])
  await createInvariants(room).check()
})

test('a copy that is made while its original is erased keeps its bytes', async (t) => {
  const { room } = await openRoom(t)
  const file = await room.upload(room.alice, { name: 'original' })
  const { promise: hasCopied, resolve } = Promise.withResolvers<void>()
  const copying = room.inTransaction(async (tx) => {
    await copyFile(tx, room.alice, file.id, { name: 'copy' })
    resolve()
    await pause(50)
  })
  await Promise.race([hasCopied, copying])
  const erasing = eraseBytes({ ...room, inTransaction: room.inTransactionElsewhere() }, room.alice, file.id)
  const isCopied = await copying.then(
    () => true,
    (error: unknown) => failure('file.gone')(error) && false,
  )
  await erasing
  assert.equal(await stateOf(room, 'file', 'copy'), isCopied ? 'active' : undefined)
  await createInvariants(room).check()
})

test('a file that is erased while its tree is restored holds no name afterwards', async (t) => {
  const { room, folder } = await openRoom(t)
  const file = await room.upload(room.alice, { name: 'erased', folderId: folder.id })
  await room.inTransaction((tx) => trashFolder(room, tx, room.alice, folder.id))
  const { promise: isDecided, resolve } = Promise.withResolvers<void>()
  const slowly: typeof room.inTransaction = (work) =>
    room.inTransaction(async (tx) => {
      const result = await work(tx)
      resolve()
      await pause(100)
      return result
    })
  const erasing = eraseBytes({ ...room, inTransaction: slowly }, room.alice, file.id)
  await Promise.race([isDecided, erasing])
  await room.inTransactionElsewhere()((tx) => restoreFolder(tx, room.alice, folder.id))
  await erasing
  await createInvariants(room).check()
})

test('of two files that share their bytes and are purged at once, one takes the bytes along', async (t) => {
  const { room } = await openRoom(t)
  const file = await room.upload(room.alice, { name: 'one' })
  const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'two' }))
  const trashed = await Promise.all([file.id, copy.id].map((id) => room.inTransaction((tx) => trashFile(room, tx, room.alice, id))))
  room.advance(graceMs)
  const places = [room, { ...room, inTransaction: room.inTransactionElsewhere() }]
  await Promise.all(trashed.map((each, at) => purgeFile(places[at] ?? room, each?.id ?? '', each?.epoch ?? 0)))
  assert.deepEqual(await room.storedKeys(), [])
  await createInvariants(room).check()
})

test('two changes of one file are both kept', async (t) => {
  const { room } = await openRoom(t)
  const file = await room.upload(room.alice, { name: 'before' })
  const outcomes = await atOnce(
    room,
    (tx) => patchFile(tx, room.alice, file.id, { name: 'renamed' }),
    (tx) => patchFile(tx, room.alice, file.id, { tags: ['tagged'] }),
  )
  assert.deepEqual(outcomes, ['done', 'done'])
  const row = await room.read.get<{ name: string; tags: string }>('SELECT name, tags FROM file WHERE id = ?', [file.id])
  assert.deepEqual({ ...row }, { name: 'renamed', tags: '["tagged"]' })
})

test('two folders are not moved into each other', async (t) => {
  const { room } = await openRoom(t)
  const [one, other] = [await room.makeFolder(room.alice, 'one'), await room.makeFolder(room.alice, 'other')]
  const [inOne, inOther] = [await room.makeFolder(room.alice, 'in', one.id), await room.makeFolder(room.alice, 'in', other.id)]
  const outcomes = await atOnce(
    room,
    (tx) => patchFolder(tx, room.alice, one.id, { parentId: inOther.id }),
    (tx) => patchFolder(tx, room.alice, other.id, { parentId: inOne.id }),
  )
  assert.deepEqual(outcomes.toSorted(), ['done', 'folder.cycle'])
})

test('what somebody puts into a folder at the moment at which it is hidden is not hidden from all', async (t) => {
  const { room, folder } = await openRoom(t)
  const outcomes = await atOnce(
    room,
    (tx) => createFolder(tx, room.bob, { name: 'of bob', parentId: folder.id }),
    (tx) => patchFolder(tx, room.alice, folder.id, { private: true }),
  )
  assert.ok(outcomes.includes('done') && (outcomes.includes('entry.not_yours') || outcomes.includes('folder.unknown')), outcomes.join())
})
