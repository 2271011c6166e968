import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import { Failure } from '../kernel/failure.ts'
import type { StoredKey } from '../media/blob-store.ts'
import { openFolderBlobs } from './folder-blobs.ts'

const never = new AbortController().signal

async function openStore(t: TestContext) {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-blobs-'))
  t.after(() => rm(parent, { recursive: true }))
  const folder = join(parent, 'deep', 'blobs')
  const blobs = await openFolderBlobs(folder)
  const files = async () =>
    (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)
  const list = async () => {
    const listed: StoredKey[] = []
    for await (const stored of blobs.list()) listed.push(stored)
    return listed
  }
  return { folder, blobs, files, list }
}

async function* chunks(...parts: string[]) {
  for (const part of parts) yield Buffer.from(part)
}

const unavailable = (error: unknown) => error instanceof Failure && error.kind === 'unavailable'

test('what was put is read, whole and in ranges, listed, and deleted as often as asked', async (t) => {
  const { blobs, folder, list } = await openStore(t)
  const before = Date.now()
  await blobs.put('ab/key', chunks('hel', '', 'lo'), never)
  assert.equal(await readFile(join(folder, 'ab/key'), 'utf8'), 'hello')
  const read = async (range?: { start: number; end: number }) => String(Buffer.concat(await (await blobs.open('ab/key', range)).toArray()))
  assert.deepEqual(
    [await read(), await read({ start: 0, end: 0 }), await read({ start: 1, end: 3 }), await read({ start: 4, end: 4 })],
    ['hello', 'h', 'ell', 'o'],
  )
  assert.equal(await blobs.size('ab/key'), 5)
  const [listed, ...more] = await list()
  assert.deepEqual([listed?.key, listed?.size, more], ['ab/key', 5, []])
  assert.ok(listed !== undefined && Math.abs(listed.modifiedAt - before) < 60_000)
  for (let round = 0; round < 2; round++) await blobs.delete('ab/key')
  assert.equal(await blobs.size('ab/key'), undefined)
  await blobs.delete('never/there')
  await assert.rejects(blobs.open('ab/key'), (error: Failure) => error.code === 'storage.blob_missing')
})

test('an empty blob is a blob', async (t) => {
  const { blobs } = await openStore(t)
  await blobs.put('ab/empty', chunks(), never)
  assert.equal(await blobs.size('ab/empty'), 0)
  assert.deepEqual(await (await blobs.open('ab/empty')).toArray(), [])
})

test('a key is used once: the second put fails and harms nothing', async (t) => {
  const { blobs, files } = await openStore(t)
  await blobs.put('ab/key', chunks('first'), never)
  await assert.rejects(blobs.put('ab/key', chunks('second'), never), /used twice/)
  assert.equal(String(Buffer.concat(await (await blobs.open('ab/key')).toArray())), 'first')
  const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((bytes) => blobs.put('cd/key', chunks(bytes), never)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
  assert.deepEqual((await files()).toSorted(), ['key', 'key'])
})

test('whatever stops a put, no key and no part is left, and its error is told', async (t) => {
  const { blobs, files } = await openStore(t)
  const breaking = async function* () {
    yield Buffer.from('half')
    throw new Error('the source broke')
  }
  await assert.rejects(blobs.put('ab/broken', breaking(), never), /the source broke/)

  const controller = new AbortController()
  let ended = false
  const endless = async function* () {
    try {
      for (;;) {
        yield Buffer.from('more')
        controller.abort(new Error('enough'))
      }
    } finally {
      ended = true
    }
  }
  await assert.rejects(blobs.put('ab/aborted', endless(), controller.signal), /enough/)
  assert.ok(ended, 'the source is let go')
  await assert.rejects(blobs.put('ab/late', chunks('x'), AbortSignal.abort(new Error('too late'))), /too late/)
  assert.deepEqual(await files(), [])
})

test('a signal ends a put whose source has nothing to give', async (t) => {
  const { blobs, files } = await openStore(t)
  const controller = new AbortController()
  const hanging = async function* () {
    yield Buffer.from('half')
    setImmediate(() => controller.abort(new Error('enough')))
    await new Promise(() => undefined)
  }
  await assert.rejects(blobs.put('ab/hanging', hanging(), controller.signal), /enough/)
  assert.deepEqual(await files(), [])
})

test('what a killed put left is listed under its key, is not readable, and goes with it', async (t) => {
  const { blobs, folder, files, list } = await openStore(t)
  await blobs.put('ab/other', chunks('x'), never)
  await writeFile(join(folder, 'ab/key.part'), 'half')
  assert.equal(await blobs.size('ab/key'), undefined)
  assert.deepEqual((await list()).map(({ key }) => key).toSorted(), ['ab/key', 'ab/other'])
  await blobs.delete('ab/key')
  assert.deepEqual(await files(), ['other'])
})

test('a folder that was taken away is made again at the next put but one', async (t) => {
  const { blobs, folder } = await openStore(t)
  await blobs.put('ab/one', chunks('x'), never)
  await rm(join(folder, 'ab'), { recursive: true })
  await assert.rejects(blobs.put('ab/two', chunks('x'), never), unavailable)
  await blobs.put('ab/three', chunks('x'), never)
  assert.equal(await blobs.size('ab/three'), 1)
})

test('what the file system refuses is a store that is unavailable, with the reason', async (t) => {
  const { folder } = await openStore(t)
  await writeFile(join(folder, 'file'), '')
  await assert.rejects(openFolderBlobs(join(folder, 'file')), (error: Failure) => unavailable(error) && error.extra['reason'] === 'EEXIST')
  const blobs = await openFolderBlobs(folder)
  await assert.rejects(blobs.put('file/key', chunks('x'), never), unavailable)
  await assert.rejects(blobs.put(`ab/${'x'.repeat(300)}`, chunks('x'), never), (error: Failure) => error.extra['reason'] === 'ENAMETOOLONG')
})

test('chunks of any size are written in their order, and their memory is given back', async (t) => {
  const { blobs, folder } = await openStore(t)
  const sizes = [...Array.from({ length: 200 }, () => 1), 300_000, 0, 70_000, 70_000, 70_000, 70_000, 3]
  const parts = sizes.map((size, index) => new Uint8Array(size).fill(index))
  const expected = Buffer.concat(parts)
  await blobs.put('ab/key', Readable.from(parts), never)
  assert.deepEqual(await readFile(join(folder, 'ab/key')), expected)
  assert.ok(parts.every(({ length }) => length === 0))
  await assert.rejects(blobs.put('ab/again', Readable.from(parts), never), /used again/)
})
