import assert from 'node:assert/strict'
import test from 'node:test'
import type { Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { copyFile } from './copy-file.ts'
import { dropFileVersion } from './drop-version.ts'
import { emptyTrash } from './empty-trash.ts'
import { eraseBytes, finishErasure } from './erase-file.ts'
import type { File } from './file.ts'
import { getFile } from './get-file.ts'
import { getFolder } from './get-folder.ts'
import { holdFile } from './legal-hold.ts'
import { openContent } from './open-content.ts'
import { purgeDue } from './purge-due.ts'
import { receiveUpload } from './receive-upload.ts'
import { replaceContent } from './replace-content.ts'
import { restoreFile } from './restore-file.ts'
import { assertSettled, createInvariants, sha256 } from './testing/invariants.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom, uploadOf } from './testing/open-media-room.ts'
import { tracesOf } from './testing/traces.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

async function erase(room: MediaRoom, principal: Principal, fileId: string) {
  await eraseBytes(room, principal, fileId)
  return room.inTransaction((tx) => finishErasure(room, tx, principal.userId, fileId))
}
const trash = (room: MediaRoom, id: string, principal = room.alice) => room.inTransaction((tx) => trashFile(room, tx, principal, id))

test('an erased file is gone at once with its versions, and the receipt is the same whenever it is asked for', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'one' })
  const received = await receiveUpload(room, room.alice, uploadOf('three'))
  await room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received))
  const receipt = await erase(room, room.alice, file.id)
  assert.deepEqual(await room.storedKeys(), [])
  assert.equal(receipt['fileId'], file.id)
  assert.equal(receipt['requestedBy'], room.alice.userId)
  const fates = receipt['blobs'] as { size: number; sha256: string; fate: string }[]
  assert.deepEqual(
    fates.toSorted((a, b) => a.size - b.size),
    [
      { size: 3, sha256: sha256('one'), fate: 'removed' },
      { size: 5, sha256: sha256('three'), fate: 'removed' },
    ],
  )
  room.advance(1_000)
  assert.deepEqual(await erase(room, room.alice, file.id), receipt)
  assert.deepEqual(await Promise.all([erase(room, room.alice, file.id), erase(room, room.admin, file.id)]), [receipt, receipt])
  await assert.rejects(getFile(room.read, room.alice, file.id), failure('file.gone'))
  await assert.rejects(
    room.inTransaction((tx) => restoreFile(tx, room.alice, file.id)),
    failure('file.gone'),
  )
  assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.replaced', 'file.erasing', 'file.erased'])
  room.advance(graceMs)
  await room.work()
  await assertSettled(room)
})

test('only its owner or an administrator erases a file', async (t) => {
  const room = await openMediaRoom(t)
  const [one, other] = [await room.upload(room.alice, { name: 'a' }), await room.upload(room.alice, { name: 'b' })]
  await assert.rejects(erase(room, room.bob, one.id), failure('entry.not_yours'))
  await assert.rejects(erase(room, room.viewer, one.id), failure('auth.forbidden'))
  await assert.rejects(erase(room, room.stranger, one.id), failure('file.unknown'))
  await assert.rejects(erase(room, room.alice, crypto.randomUUID()), failure('file.unknown'))
  await erase(room, room.alice, one.id)
  await erase(room, room.admin, other.id)
})

test('to erase takes the file, lists its folder anew, frees its name and cancels its purge', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const decided = await tracesOf(room, file, (inTransaction) => eraseBytes({ ...room.media, inTransaction }, room.alice, file.id))
  assert.deepEqual({ taken: decided.taken, listedAnew: decided.listedAnew }, { taken: true, listedAnew: true })
  const finished = await tracesOf(room, file, (inTransaction) => inTransaction((tx) => finishErasure(room, tx, room.alice.userId, file.id)))
  assert.equal(finished.taken, true)
  const next = await room.upload(room.alice, { name: 'A' })
  await trash(room, next.id)
  await erase(room, room.alice, next.id)
  assert.equal((await room.read.all("SELECT id FROM message WHERE state = 'cancelled'")).length, 1)
})

test('a copy survives, and the receipt says that the bytes are shared', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  const copy = await room.inTransaction((tx) => copyFile(tx, room.bob, file.id, { name: 'b' }))
  const receipt = await erase(room, room.alice, file.id)
  assert.deepEqual(
    (receipt['blobs'] as { fate: string }[]).map(({ fate }) => fate),
    ['shared'],
  )
  const { open } = await openContent(room, room.bob, copy.id)
  assert.equal(String(Buffer.concat(await (await open()).toArray())), 'a')
  const last = await erase(room, room.bob, copy.id)
  assert.deepEqual(
    (last['blobs'] as { fate: string }[]).map(({ fate }) => fate),
    ['removed'],
  )
  await assertSettled(room)
})

test('a legal hold locks', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  await room.inTransaction((tx) => holdFile(tx, room.admin, file.id))
  for (const principal of [room.alice, room.admin]) await assert.rejects(erase(room, principal, file.id), failure('file.legal_hold'))
  await trash(room, file.id)
  await assert.rejects(erase(room, room.alice, file.id), failure('file.legal_hold'))
  assert.equal((await room.storedKeys()).length, 1)
})

test('a receipt is given for an erasure alone', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a' })
  await assert.rejects(
    room.inTransaction((tx) => finishErasure(room, tx, room.alice.userId, file.id)),
    failure('file.changed'),
  )
  await trash(room, file.id)
  room.advance(graceMs)
  await room.work()
  await assert.rejects(erase(room, room.alice, file.id), failure('file.gone'))
})

test('an erasure that was cut off is finished, with its receipt, by whoever comes by', async (t) => {
  for (const point of ['erase.decided', 'blob.deleted', 'erase.deleted']) {
    const room = await openMediaRoom(t)
    const file = await room.upload(room.alice, { name: 'a' })
    const reached = (step: string) => {
      if (step === point) throw new Error(`died at ${point}`)
    }
    await assert.rejects(eraseBytes({ ...room.media, reached }, room.alice, file.id), /died at/)
    await assert.rejects(openContent(room, room.alice, file.id), failure('file.unknown'))
    assert.equal((await purgeDue(room, { nowMs: room.now(), graceMs: 0, limit: 10 })).erasures, 1, point)
    const receipt = await erase(room, room.alice, file.id)
    assert.deepEqual(
      (receipt['blobs'] as { fate: string }[]).map(({ fate }) => fate),
      ['removed'],
    )
    assert.deepEqual(await room.auditOf(file.id), ['file.created', 'file.erasing', 'file.erased'])
    await assertSettled(room)
  }
})

test('a version that falls due in the middle of an erasure is left to it', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'one' })
  const received = await receiveUpload(room, room.alice, uploadOf('two'))
  await room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received))
  room.advance(graceMs)
  let dropped: Promise<unknown> | undefined
  const reached = (step: string) => {
    if (step === 'erase.decided') dropped = room.inTransaction((tx) => dropFileVersion(tx, file.id, 1))
  }
  await eraseBytes({ ...room.media, reached }, room.alice, file.id)
  assert.deepEqual(await dropped, { is: 'done' })
  const receipt = await room.inTransaction((tx) => finishErasure(room, tx, room.alice.userId, file.id))
  assert.equal((receipt['blobs'] as unknown[]).length, 2)
  await assertSettled(room)
})

test('emptying the trash erases what is the caller’s, and lists what a legal hold keeps', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'f')
  const below = await room.makeFolder(room.alice, 'g', folder.id)
  const mine = [await room.upload(room.alice, { name: 'a' }), await room.upload(room.alice, { name: 'b', folderId: below.id })]
  const held = await room.upload(room.alice, { name: 'held' })
  const active = await room.upload(room.alice, { name: 'active' })
  const theirs = await room.upload(room.bob, { name: 'theirs' })
  await room.inTransaction((tx) => holdFile(tx, room.admin, held.id))
  for (const file of [mine[0], held, theirs]) await trash(room, file?.id ?? '')
  await room.inTransaction((tx) => trashFolder(room, tx, room.bob, folder.id))

  const emptied = await emptyTrash(room, room.alice)
  assert.deepEqual(emptied.erased.toSorted(), mine.map(({ id }) => id).toSorted())
  assert.deepEqual(emptied.skipped, [{ id: held.id, code: 'file.legal_hold' }])
  for (const { id } of [folder, below]) await assert.rejects(getFolder(room.read, room.alice, id), failure('folder.gone'))
  assert.equal((await getFile(room.read, room.alice, active.id)).state, 'active')
  assert.equal((await getFile(room.read, room.bob, theirs.id)).state, 'trashed')
  assert.deepEqual(await emptyTrash(room, room.alice), { erased: [], skipped: emptied.skipped })
  await assert.rejects(emptyTrash(room, room.viewer), failure('auth.forbidden'))
  await createInvariants(room).check()
})

test('emptying the trash never takes what was restored meanwhile', async (t) => {
  const room = await openMediaRoom(t)
  // More than are erased side by side.
  const ids: string[] = []
  for (let at = 0; at < 9; at += 1) ids.push((await room.upload(room.alice, { name: String(at) })).id)
  for (const id of ids) await trash(room, id)
  let restored: Promise<File> | undefined
  const reached = (step: string) => {
    if (step === 'erase.decided') restored ??= room.inTransaction(restoreTheOther)
  }
  const restoreTheOther = async (tx: Tx) => {
    const other = await tx.sql.get<{ id: string }>("SELECT id FROM file WHERE state = 'trashed' ORDER BY id DESC LIMIT 1")
    return restoreFile(tx, room.alice, other?.id ?? '')
  }
  const { erased, skipped } = await emptyTrash({ ...room.media, reached }, room.alice)
  const kept = await restored
  assert.deepEqual(erased.toSorted(), ids.filter((id) => id !== kept?.id).toSorted())
  assert.deepEqual(skipped, [{ id: kept?.id, code: 'file.changed' }])
  assert.equal((await getFile(room.read, room.alice, kept?.id ?? '')).state, 'active')
  assert.equal((await room.storedKeys()).length, 1)
})
