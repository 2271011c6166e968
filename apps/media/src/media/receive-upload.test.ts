import assert from 'node:assert/strict'
import test from 'node:test'
import { expireReservationsOfClaim } from './discard-reservations.ts'
import { openContent } from './open-content.ts'
import { usedBytes } from './quota.ts'
import { reapReservations } from './reap.ts'
import { type ReceivedUpload, receiveUpload } from './receive-upload.ts'
import { replaceContent } from './replace-content.ts'
import { storeFiles } from './store-files.ts'
import { sha256 } from './testing/invariants.ts'
import { failure, type MediaRoom, openMediaRoom, reservationMs, uploadOf } from './testing/open-media-room.ts'
import { samples } from './testing/sample-bytes.ts'

const statesOf = (room: MediaRoom) =>
  room.read.all<{ file: string; bytes: string }>(
    'SELECT file.state AS file, stored_blob.state AS bytes FROM file JOIN stored_blob ON stored_blob.id = file.blob_id',
  )

const assertNothingLeft = async (room: MediaRoom) => {
  await room.work()
  assert.deepEqual(
    (await statesOf(room)).map((row) => ({ ...row })),
    [{ file: 'rejected', bytes: 'deleted' }],
  )
  assert.deepEqual(await room.storedKeys(), [])
  assert.equal(await usedBytes(room.read, room.alice.tenantId), 0)
}

async function* chunks(...parts: readonly (string | Uint8Array)[]) {
  for (const part of parts) yield Buffer.from(part)
}

test('one pass tells digest, size and type, however the bytes are cut', async (t) => {
  const room = await openMediaRoom(t)
  const bytes = Buffer.concat([samples.png, Buffer.alloc(10_000, 7)])
  for (const size of [1_000, 4_095, 4_096, 4_097, 20_000]) {
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
    const received = await receiveUpload(room, room.alice, { ...uploadOf(''), bytes: chunks(...parts) })
    const { mediaType, kind } = received
    assert.deepEqual(
      { mediaType, kind, size: received.size, sha256: received.sha256 },
      { mediaType: 'image/png', kind: 'image', size: bytes.length, sha256: sha256(bytes) },
    )
  }
})

test('a file of no bytes is a file', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'empty', bytes: '' })
  assert.deepEqual([file.size, file.sha256, file.kind], [0, sha256(''), 'other'])
  const { open } = await openContent(room, room.alice, file.id)
  assert.deepEqual(await (await open()).toArray(), [])
})

test('a file that was stored holds its bytes, and the audit tells', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a.txt', bytes: 'hello', declaredType: 'text/plain' })
  assert.deepEqual([file.state, file.name, file.size, file.mediaType, file.version, file.tags], ['active', 'a.txt', 5, 'text/plain', 1, []])
  const { open } = await openContent(room, room.alice, file.id)
  assert.equal(String(Buffer.concat(await (await open({ start: 1, end: 3 })).toArray())), 'ell')
  assert.deepEqual(await room.auditOf(file.id), ['file.created'])
  assert.deepEqual(await room.storedKeys(), await room.liveKeys())
})

test('a viewer may not upload', async (t) => {
  const room = await openMediaRoom(t)
  await assert.rejects(receiveUpload(room, room.viewer, uploadOf('x')), failure('auth.forbidden'))
  assert.deepEqual(await statesOf(room), [])
})

test('an upload too large for its kind is cut off as it streams, and leaves nothing', async (t) => {
  const room = await openMediaRoom(t)
  const limits = { ...room.limits, maxBytes: { ...room.limits.maxBytes, image: 10_000 } }
  let sent = 0
  const endless = async function* () {
    yield Buffer.from(samples.png)
    for (; sent < 1_000; sent++) yield Buffer.alloc(1_000)
  }
  await assert.rejects(
    receiveUpload({ ...room.media, limits }, room.alice, { ...uploadOf(''), bytes: endless() }),
    failure('file.too_large'),
  )
  assert.ok(sent < 20, `${sent} chunks were taken`)
  await assertNothingLeft(room)
})

test('an announced size that no kind allows is refused before the first byte', async (t) => {
  const room = await openMediaRoom(t)
  await assert.rejects(receiveUpload(room, room.alice, uploadOf('x', { declaredSize: 1_000_001 })), failure('file.too_large'))
  assert.deepEqual(await statesOf(room), [])
})

test('what may not be kept leaves nothing', async (t) => {
  const cases: [string, Parameters<typeof uploadOf>[1], string | Uint8Array][] = [
    ['file.type_mismatch', { declaredType: 'image/png' }, 'text'],
    ['file.digest_mismatch', { expectedSha256: sha256('other') }, 'text'],
    ['file.kind_refused', {}, samples.exe],
  ]
  for (const [code, rest, bytes] of cases) {
    const room = await openMediaRoom(t, { acceptedKinds: new Set(['text', 'image'] as const) })
    await assert.rejects(receiveUpload(room, room.alice, uploadOf(bytes, rest)), failure(code))
    await assertNothingLeft(room)
    const rejected = await room.read.get<{ id: string }>('SELECT id FROM file')
    assert.deepEqual(await room.auditOf(rejected?.id ?? ''), ['file.rejected'])
  }
})

test('an announced digest may be written in capitals', async (t) => {
  const room = await openMediaRoom(t)
  await receiveUpload(room, room.alice, uploadOf('x', { expectedSha256: sha256('x').toUpperCase() }))
})

test('a connection that breaks, a signal and a full disk leave nothing', async (t) => {
  const broken = async function* () {
    yield Buffer.from('half')
    throw new Error('the connection was reset')
  }
  const room = await openMediaRoom(t)
  await assert.rejects(receiveUpload(room, room.alice, { ...uploadOf(''), bytes: broken() }), /was reset/)
  await assertNothingLeft(room)

  const aborted = await openMediaRoom(t)
  const controller = new AbortController()
  const hanging = async function* () {
    yield Buffer.from('half')
    controller.abort(new Error('the client is gone'))
    await new Promise(() => undefined)
  }
  await assert.rejects(receiveUpload(aborted, aborted.alice, { bytes: hanging(), signal: controller.signal }), /the client is gone/)
  await assertNothingLeft(aborted)

  const full = await openMediaRoom(t)
  const put: typeof full.blobs.put = async (_key, bytes) => {
    for await (const _ of bytes) throw new Error('ENOSPC')
  }
  await assert.rejects(receiveUpload({ ...full.media, blobs: { put } }, full.alice, uploadOf('x')), /ENOSPC/)
  await assertNothingLeft(full)
})

test('several files are stored together or not at all', async (t) => {
  const room = await openMediaRoom(t)
  const receive = () => receiveUpload(room, room.alice, uploadOf('x'))
  const newFiles = [
    { received: await receive(), name: 'a', folderId: null },
    { received: await receive(), name: 'A', folderId: null },
  ]
  await assert.rejects(
    room.inTransaction((tx) => storeFiles(room, tx, room.alice, newFiles)),
    failure('name.taken'),
  )
  assert.deepEqual(
    (await statesOf(room)).map(({ file, bytes }) => `${file} ${bytes}`),
    ['reserved staging', 'reserved staging'],
  )
})

test('a reservation lives on while bytes arrive, and is reaped when none come', async (t) => {
  const room = await openMediaRoom(t)
  const slow = async function* () {
    for (let part = 0; part < 5; part++) {
      room.advance(reservationMs / 2)
      yield Buffer.from('part')
      await reapReservations(room, { beforeMs: room.now(), limit: 10 })
    }
  }
  const received = await receiveUpload(room, room.alice, { ...uploadOf(''), bytes: slow() })
  room.advance(reservationMs + 1)
  assert.equal(await reapReservations(room, { beforeMs: room.now(), limit: 10 }), 1)
  assert.equal(await reapReservations(room, { beforeMs: room.now(), limit: 10 }), 0)
  await assert.rejects(room.store(room.alice, { received, name: 'a', folderId: null }), failure('upload.superseded'))
  assert.deepEqual(await room.auditOf(received.fileId), ['file.expired'])
  await room.work()
  assert.deepEqual(await room.storedKeys(), [])
})

test('an upload whose reservation was reaped, bytes and all, was superseded: the store is not to blame', async (t) => {
  const room = await openMediaRoom(t)
  const stalled = async function* () {
    yield Buffer.from('part')
    room.advance(reservationMs + 1)
    assert.equal(await reapReservations(room, { beforeMs: room.now(), limit: 10 }), 1)
    await room.work()
    room.advance(-reservationMs)
    yield Buffer.from('part')
  }
  await assert.rejects(receiveUpload(room, room.alice, { ...uploadOf(''), bytes: stalled() }), failure('upload.superseded'))
  assert.deepEqual(await room.storedKeys(), [])
})

test('who takes a claim over ends what its predecessor reserved, but not what it stored', async (t) => {
  const room = await openMediaRoom(t)
  const receive = (): Promise<ReceivedUpload> => receiveUpload(room, room.alice, uploadOf('x', { claimId: 'claim' }))
  const [stored, left] = [await receive(), await receive()]
  await room.store(room.alice, { received: stored, name: 'a', folderId: null })
  await room.inTransaction((tx) => expireReservationsOfClaim(tx, 'claim'))
  await assert.rejects(room.store(room.alice, { received: left, name: 'b', folderId: null }), failure('upload.superseded'))
  await room.work()
  assert.equal((await room.storedKeys()).length, 1)
})

test('new bytes are a new version, and the old ones are kept as long as a deletion could be regretted', async (t) => {
  const room = await openMediaRoom(t)
  const file = await room.upload(room.alice, { name: 'a', bytes: 'one' })
  const received = await receiveUpload(room, room.alice, uploadOf('three'))
  const wrong = room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received, sha256('two')))
  await assert.rejects(wrong, failure('file.precondition_failed'))
  const replaced = await room.inTransaction((tx) => replaceContent(room, tx, room.alice, file.id, received, sha256('one')))
  assert.deepEqual([replaced.version, replaced.size, replaced.sha256, replaced.id], [2, 5, sha256('three'), file.id])
  assert.equal((await room.storedKeys()).length, 2)
  await room.work()
  assert.equal((await room.storedKeys()).length, 2)
  room.advance(room.limits.purgeDelayMs)
  await room.work()
  assert.equal((await room.storedKeys()).length, 1)
  assert.deepEqual(await room.storedKeys(), await room.liveKeys())
})
