import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { chosenEngine } from '@holdfast/database/testing'
import sharp from 'sharp'
import { receipt } from '../../operations/receipt.ts'
import { copyFile } from '../copy-file.ts'
import { dropFileVersion } from '../drop-version.ts'
import { eraseBytes, finishErasure } from '../erase-file.ts'
import { getFile } from '../get-file.ts'
import { receiveUpload } from '../receive-upload.ts'
import { reconcile } from '../reconcile.ts'
import { replaceContent } from '../replace-content.ts'
import { assertSettled, createInvariants } from '../testing/invariants.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom, reservationMs, uploadOf } from '../testing/open-media-room.ts'
import { trashFile } from '../trash-file.ts'
import { findThumbnail } from './find-thumbnail.ts'
import { lookAgain } from './look-again.ts'
import { RenderingFailed, type Thumbnailer, thumbnailFormats } from './thumbnailer.ts'
import { thumbnailsDue } from './thumbnails-due.ts'

const red = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#c81e1e' } })
  .png()
  .toBuffer()
const green = await sharp({ create: { width: 60, height: 90, channels: 3, background: '#1ec81e' } })
  .png()
  .toBuffer()
const broken = red.subarray(0, red.length / 2)

const find = (room: MediaRoom, fileId: string, size = 'small', ...formats: (typeof thumbnailFormats)[number][]) =>
  findThumbnail(room, room.alice, fileId, size, formats.length === 0 ? thumbnailFormats : formats)

/** As the receipt of its erasure tells them. */
async function fatesOf(room: MediaRoom, fileId: string): Promise<string[]> {
  await eraseBytes(room.media, room.alice, fileId)
  const signed = await room.inTransaction((tx) => finishErasure(room.media, tx, room.alice.userId, fileId))
  return receipt.parse(signed).blobs.map(({ fate, thumbnail }) => `${thumbnail ? 'thumbnail' : 'content'} ${fate}`)
}

async function settle(room: MediaRoom): Promise<number> {
  const nowMs = room.now()
  const rules = { nowMs, reapBeforeMs: nowMs, graceMs: 0, minAgeMs: 0, minSightings: 1, maxDeletions: 100 }
  await reconcile({ ...room.media, alert: () => assert.fail('a live blob has lost its bytes') }, rules)
  await createInvariants(room).check()
  return assertSettled(room)
}

describe(`thumbnails, on ${chosenEngine().name}`, () => {
  test('a picture is looked at by a message, and its sizes are made', async (t) => {
    const room = await openMediaRoom(t)
    const { id, width } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    assert.equal(width, null)
    assert.equal(await find(room, id), undefined)
    await room.work()
    const seen = await getFile(room.read, room.alice, id)
    assert.deepEqual([seen.width, seen.height, seen.updatedAt], [300, 200, seen.createdAt])
    assert.match(seen.colour ?? '', /^#c.1.1.$/)
    const small = await find(room, id)
    assert.ok(small)
    const bytes = Buffer.concat(await (await small.open()).toArray())
    const { format, width: pixels, height } = await sharp(bytes).metadata()
    assert.deepEqual([format, pixels, height, bytes.length], ['webp', 128, 85, small.size])
    assert.equal((await find(room, id, 'medium'))?.format, 'webp')
    assert.equal(await settle(room), 3)
  })

  test('one that was made is looked up once, by whichever process, and no longer than its file is seen', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    await room.work()
    const lookUps: string[] = []
    const all: MediaRoom['read']['all'] = (text, values) => {
      lookUps.push(text)
      return room.read.all(text, values)
    }
    const read = { ...room.read, get: room.read.get.bind(room.read), all }
    const [first, second] = [await find({ ...room, read }, id), await find({ ...room, read }, id)]
    assert.equal(lookUps.length, 1)
    assert.deepEqual({ ...second, open: undefined }, { ...first, open: undefined })
    assert.deepEqual(await second?.open().then(buffer), await first?.open().then(buffer))
    const cache = { get: async () => '{"form":"another"}', put: async () => undefined }
    assert.deepEqual({ ...(await find({ ...room, cache }, id)), open: undefined }, { ...first, open: undefined })
    const before = await find(room, id, 'small', 'avif')
    assert.equal(before, undefined, 'another format is another look-up')
    await room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
    await assert.rejects(find(room, id), failure('file.unknown'))
  })

  test('another format is made when it is asked for, by one message however often it is', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    await room.work()
    await Promise.all(Array.from({ length: 5 }, () => find(room, id, 'small', 'avif')))
    const sent = await room.read.all("SELECT id FROM message WHERE name = 'media.make-thumbnails.v1' AND state = 'pending'")
    assert.equal(sent.length, 1)
    await room.work()
    assert.equal((await find(room, id, 'small', 'avif'))?.format, 'avif')
    assert.equal((await find(room, id))?.format, 'webp')
    assert.equal(await settle(room), 4)
  })

  test('what cannot be rendered is refused, and not tried again for the same bytes', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'broken.png', bytes: broken })
    await room.work()
    await assert.rejects(find(room, id), failure('thumbnail.refused'))
    const untouched: Thumbnailer = { render: () => assert.fail('it was rendered again') }
    const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, id, { name: 'copy.png' }))
    await assert.rejects(find(room, copy.id), failure('thumbnail.refused'))
    await room.work({ ...room.media, thumbnailer: untouched as typeof room.thumbnailer })
    const text = await room.upload(room.alice, { name: 'text.txt' })
    await assert.rejects(find(room, text.id), failure('thumbnail.none'))
    await assert.rejects(find(room, id, 'huge'), failure('thumbnail.size_unknown'))
    assert.equal(await settle(room), 2)
  })

  test('what needs a program that is missing has none, and once it is installed they are made on demand', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'page.pdf', bytes: '%PDF-1.7', declaredType: 'application/pdf' })
    await room.work()
    const missing = (error: Error) => failure('thumbnail.none')(error) && /pdftoppm is not installed/.test(error.message)
    await assert.rejects(find(room, id), missing)
    assert.equal(await lookAgain(room, room.thumbnailer, 10), 0)
    await assert.rejects(find(room, id), missing)

    const folder = await mkdtemp(join(tmpdir(), 'holdfast-programs-'))
    t.after(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'page.png'), red)
    await writeFile(join(folder, 'pdftoppm'), `#!/bin/sh\nexec cat ${folder}/page.png\n`, { mode: 0o700 })
    room.programFolders.push(folder)
    assert.equal(await lookAgain(room, room.thumbnailer, 10), 1)
    assert.equal(await find(room, id), undefined)
    await room.work()
    assert.ok(await find(room, id))
    const { width, colour } = await getFile(room.read, room.alice, id)
    assert.equal(width, null)
    assert.match(colour ?? '', /^#c/)
    assert.equal(await settle(room), 3)
  })

  test('a renderer that dies is forgiven twice', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    const dying = { render: () => Promise.reject(new RenderingFailed('crashed')) }
    const dead = { ...room.media, thumbnailer: dying as unknown as typeof room.thumbnailer }
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.equal(await find(room, id), undefined)
      await room.work(dead)
      room.advance(60_000)
    }
    await assert.rejects(find(room, id), failure('thumbnail.refused'))
  })

  test('they go with the last file that shows the picture, and only with it', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    await room.work()
    const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, id, { name: 'copy.png' }))
    assert.deepEqual([copy.width, copy.height], [300, 200])
    assert.deepEqual(await fatesOf(room, id), ['content shared', 'thumbnail shared', 'thumbnail shared'])
    assert.ok(await find(room, copy.id))
    assert.equal(await settle(room), 3)

    await room.inTransaction((tx) => trashFile(room.media, tx, room.alice, copy.id))
    await assert.rejects(find(room, copy.id), failure('file.unknown'))
    room.advance(graceMs)
    await room.work()
    assert.equal(await settle(room), 0)
    assert.deepEqual(await room.read.all('SELECT blob_id FROM picture UNION ALL SELECT source_id FROM thumbnail'), [])
  })

  test('a receipt tells of the thumbnails that went with the content', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    await room.work()
    assert.deepEqual(await fatesOf(room, id), ['content removed', 'thumbnail removed', 'thumbnail removed'])
    assert.equal(await settle(room), 0)
  })

  test('new bytes are another picture; those of the version before go with it', async (t) => {
    const room = await openMediaRoom(t)
    const file = await room.upload(room.alice, { name: 'picture.png', bytes: red })
    await room.work()
    const received = await receiveUpload(room.media, room.alice, uploadOf(green))
    const replaced = await room.inTransaction((tx) => replaceContent(room.media, tx, room.alice, file.id, received))
    assert.deepEqual([replaced.width, replaced.colour], [null, null])
    await room.work()
    assert.equal((await getFile(room.read, room.alice, file.id)).width, 60)
    assert.equal(await settle(room), 6)
    room.advance(graceMs)
    await room.inTransaction((tx) => dropFileVersion(tx, file.id, 1))
    await room.work()
    assert.equal(await settle(room), 3)
  })

  test('what was rendered for a picture that has gone meanwhile is not kept', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    const late: Thumbnailer = {
      render: async (...given) => {
        const rendered = await room.thumbnailer.render(...given)
        await eraseBytes(room.media, room.alice, id)
        await room.inTransaction((tx) => finishErasure(room.media, tx, room.alice.userId, id))
        return rendered
      },
    }
    await room.work({ ...room.media, thumbnailer: late as typeof room.thumbnailer })
    await room.work()
    assert.equal(await settle(room), 0)
  })

  test('a crash anywhere leaves no bytes behind, and what is due is asked for again', async (t) => {
    const room = await openMediaRoom(t)
    const { id } = await room.upload(room.alice, { name: 'red.png', bytes: red })
    for (const point of ['thumbnail.reserved', 'thumbnail.stored']) {
      const dying = { ...room.media, reached: (name: string) => assert.notEqual(name, point), inTransaction: room.inTransaction }
      await room.work(dying)
      room.advance(graceMs)
    }
    room.advance(reservationMs)
    assert.equal(await settle(room), 1)
    await room.inTransaction((tx) => tx.sql.run('DELETE FROM message'))
    assert.equal(await thumbnailsDue(room, { beforeMs: room.now(), limit: 10 }), 1)
    await room.work()
    assert.ok(await find(room, id))
    assert.equal(await thumbnailsDue(room, { beforeMs: room.now(), limit: 10 }), 0)
    assert.equal(await settle(room), 3)
  })
})
