import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { Failure } from '../kernel/failure.ts'
import type { StoredKey } from '../media/blob-store.ts'
import { testBlobStore } from '../media/testing/test-blob-store.ts'
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

testBlobStore('blobs in a folder', false, async () => openFolderBlobs(await mkdtemp(join(tmpdir(), 'holdfast-blobs-'))))

test('a put that failed leaves no file', async (t) => {
  const { blobs, files } = await openStore(t)
  await assert.rejects(blobs.put('ab/late', chunks('x'), AbortSignal.abort(new Error('too late'))), /too late/)
  await blobs.put('cd/key', chunks('first'), never)
  await assert.rejects(blobs.put('cd/key', chunks('second'), never), /used twice/)
  assert.deepEqual(await files(), ['key'])
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
