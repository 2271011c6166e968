import assert from 'node:assert/strict'
import { test } from 'node:test'
import { migrate } from '@holdfast/database'
import { chosenEngine } from '@holdfast/database/testing'
import { allMigrations } from '../main/migrations.ts'
import { copyFile } from './copy-file.ts'
import { patchFile } from './patch-file.ts'
import { receiveUpload } from './receive-upload.ts'
import { replaceContent } from './replace-content.ts'
import { restoreFile } from './restore-file.ts'
import { openMediaRoom, uploadOf } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'

test('only other bytes are a change of the content; a copy has its own', async (t) => {
  const room = await openMediaRoom(t)
  const { alice } = room
  const file = await room.upload(alice, { name: 'a.txt' })
  const storedAt = room.now()
  assert.equal(file.contentChangedAt, storedAt)

  room.advance(5_000)
  const patched = await room.inTransaction((tx) => patchFile(tx, alice, file.id, { name: 'b.txt', tags: ['x'] }))
  assert.deepEqual([patched.contentChangedAt, patched.updatedAt], [storedAt, room.now()])
  await room.inTransaction((tx) => trashFile(room, tx, alice, file.id))
  const restored = await room.inTransaction((tx) => restoreFile(tx, alice, file.id))
  assert.equal(restored.contentChangedAt, storedAt)

  const copy = await room.inTransaction((tx) => copyFile(tx, alice, file.id, { name: 'copy.txt' }))
  assert.equal(copy.contentChangedAt, room.now())
  room.advance(5_000)
  const received = await receiveUpload(room.media, alice, uploadOf('other'))
  const replaced = await room.inTransaction((tx) => replaceContent(room, tx, alice, file.id, received))
  assert.equal(replaced.contentChangedAt, room.now())
})

test('files of before the column get the instant that is known of them', async (t) => {
  const engine = chosenEngine()
  const migrations = await allMigrations(engine.dialect)
  const added = migrations.findIndex(({ name }) => name.includes('content-changed-at'))
  // Its own: one that is made with migrations is used again, by whoever wants it with these and no more.
  const place = await engine.make([])
  const database = place.open()
  t.after(async () => {
    await database.close()
    await place.remove()
  })
  await migrate(database, migrations.slice(0, added))
  await database.transaction(async (tx) => {
    for (const [id, version] of Object.entries({ once: 1, replaced: 3, dropped: 2 })) {
      await tx.run(
        `INSERT INTO file (id, tenant_id, owner_id, media_type, kind, size, blob_id, state, is_private, favourite, tags, version,
                           created_at, updated_at, epoch)
         VALUES (?, 't', 'o', 'text/plain', 'text', 1, 'b', 'active', 0, 0, '[]', ?, 100, 900, 0)`,
        [id, version],
      )
    }
    for (const version of [1, 2]) {
      await tx.run("INSERT INTO file_version (file_id, version, blob_id, replaced_at, drop_at) VALUES ('replaced', ?, 'b', ?, 9999)", [
        version,
        version * 200,
      ])
    }
  })
  await migrate(database, migrations)
  const rows = await database.read.all<{ id: string; at: number }>('SELECT id, content_changed_at AS at FROM file')
  assert.deepEqual(Object.fromEntries(rows.map(({ id, at }) => [id, at])), { once: 100, replaced: 400, dropped: 900 })
})
