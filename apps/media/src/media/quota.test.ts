import assert from 'node:assert/strict'
import test from 'node:test'
import { copyFile } from './copy-file.ts'
import { usedBytes } from './quota.ts'
import { receiveUpload } from './receive-upload.ts'
import { failure, openMediaRoom, uploadOf } from './testing/open-media-room.ts'

test('what is announced holds its room, so that uploads at once cannot share it', async (t) => {
  const room = await openMediaRoom(t, { tenantQuotaBytes: 100 })
  const announced = { declaredSize: 60 }
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => receiveUpload(room, room.alice, uploadOf('x'.repeat(60), announced))))
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected', 'rejected'])
  assert.equal(await usedBytes(room.read, room.alice.tenantId), 60)
})

test('what is not announced is cut off when the room is used up, and counted when it is stored', async (t) => {
  const room = await openMediaRoom(t, { tenantQuotaBytes: 100 })
  let sent = 0
  const endless = async function* () {
    for (; sent < 1_000; sent++) yield Buffer.alloc(10)
  }
  await assert.rejects(receiveUpload(room, room.alice, { ...uploadOf(''), bytes: endless() }), failure('quota.exceeded'))
  assert.ok(sent <= 20, `${sent} chunks were taken`)

  const [first, second] = await Promise.all([60, 60].map((size) => receiveUpload(room, room.alice, uploadOf('x'.repeat(size)))))
  assert.ok(first && second)
  await room.store(room.alice, { received: first, name: 'a', folderId: null })
  await assert.rejects(room.store(room.alice, { received: second, name: 'b', folderId: null }), failure('quota.exceeded'))
  assert.equal(await usedBytes(room.read, room.alice.tenantId), 60)
})

test('bytes that files share count once, and another tenant has room of its own', async (t) => {
  const room = await openMediaRoom(t, { tenantQuotaBytes: 100 })
  const file = await room.upload(room.alice, { name: 'a', bytes: 'x'.repeat(80) })
  await room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'b' }))
  assert.equal(await usedBytes(room.read, room.alice.tenantId), 80)
  await room.upload(room.stranger, { name: 'a', bytes: 'x'.repeat(80) })
  await assert.rejects(receiveUpload(room, room.bob, uploadOf('x', { declaredSize: 21 })), failure('quota.exceeded'))
})
