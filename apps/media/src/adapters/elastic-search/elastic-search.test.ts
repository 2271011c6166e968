import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { type IndexedFile, lastRevision } from '../../media/search/search-index.ts'
import { openTestIndex } from '../../media/testing/test-index.ts'
import { createElasticSearch } from './elastic-search.ts'

const skip = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL'] === undefined && 'no HOLDFAST_TEST_ELASTICSEARCH_URL'

const file = (seq: number, rest: Partial<IndexedFile> = {}): IndexedFile => ({
  ...{ id: `file-${seq}`, revision: 1, tenantId: 'tenant', seq, words: ' tenant0harbour tenant0log', kind: 'text', folderId: null },
  ...{ nameKey: `name ${seq}`, tags: [], favourite: false, size: seq, createdAt: seq },
  ...rest,
})

async function openFilled(t: TestContext, files: readonly IndexedFile[]) {
  const { index, remove } = openTestIndex()
  t.after(remove)
  await index.setup()
  const filling = await index.beginFilling()
  await filling.put(files)
  await filling.finish()
  const find = async (word: string, filter = {}, beforeSeq = Number.MAX_SAFE_INTEGER) => {
    const found = await index.find({ tenantId: 'tenant', words: [`tenant0${word}`], filter, beforeSeq, limit: 10 })
    return found?.map(({ seq }) => seq)
  }
  return { index, find }
}

test('finds the beginnings of words, the newest first, narrowed by each filter', { skip }, async (t) => {
  const tagged = file(3, { words: ' tenant0harbourmaster', tags: ['a', 'b'], favourite: true, kind: 'image', folderId: 'folder' })
  const { find } = await openFilled(t, [file(1), file(2), tagged, file(4, { tenantId: 'other' })])
  assert.deepEqual(await find('harbour'), [3, 2, 1])
  assert.deepEqual([await find('h'), await find('harbourm'), await find('arbour')], [[3, 2, 1], [3], []])
  assert.deepEqual([await find('h', {}, 3), await find('h', {}, 1)], [[2, 1], []])
  for (const filter of [{ tag: 'b' }, { favourite: true }, { kind: 'image' }, { folderId: 'folder' }, { name: 'NAME 3' }, { minSize: 3 }]) {
    assert.deepEqual(await find('h', filter), [3], JSON.stringify(filter))
  }
  assert.deepEqual(await find('h', { folderId: null, maxSize: 1, createdFrom: 1, createdBefore: 2 }), [1])
})

test('keeps the latest revision, and lets nothing late in after a deletion', { skip }, async (t) => {
  const { index, find } = await openFilled(t, [file(1, { revision: 2 }), file(2)])
  await index.put([file(1, { revision: 1, words: ' tenant0old' }), file(2, { revision: 5, words: ' tenant0new' })])
  assert.deepEqual([await find('old'), await find('new')], [[], [2]])
  await index.put([{ id: 'file-2', revision: lastRevision }])
  await index.put([file(2, { revision: 9 })])
  assert.deepEqual([await find('h'), await index.count()], [[1], 1])
  assert.deepEqual(
    await index.revisionsOf(['file-1', 'file-2', 'file-3']),
    new Map([
      ['file-1', 2],
      ['file-2', lastRevision],
    ]),
  )
})

test('is fed twice while another index is filled, and is searched until that is ready', { skip }, async (t) => {
  const { index, find } = await openFilled(t, [file(1), file(2)])
  const filling = await index.beginFilling()
  await index.put([file(3), { id: 'file-2', revision: lastRevision }])
  assert.deepEqual(await find('h'), [3, 1])
  await filling.put([file(1), file(2)])
  const abandoned = await index.beginFilling()
  await filling.finish()
  assert.deepEqual(await find('h'), [3, 1])
  assert.deepEqual(await abandoned.put([file(9)]), [], 'what was cleared away takes nothing, and comes not back')
  await assert.rejects(abandoned.finish(), { code: 'search.unavailable' })
  assert.deepEqual(await find('h'), [3, 1])
})

test('has nothing to say before it is filled, and tells what it refuses', { skip }, async (t) => {
  const { index, remove } = openTestIndex()
  t.after(remove)
  assert.equal(await index.find({ tenantId: 'tenant', words: ['x'], filter: {}, beforeSeq: 1, limit: 1 }), undefined)
  assert.deepEqual([await index.isFilled(), await index.put([file(1)])], [false, []])
  await index.setup()
  await index.setup()
  const filling = await index.beginFilling()
  assert.deepEqual(await filling.put([file(1), { ...file(2), surprise: true } as IndexedFile]), ['file-2'])
  await filling.abandon()
})

test('says that it is away', async () => {
  const index = createElasticSearch('http://127.0.0.1:9')
  await assert.rejects(index.isFilled(), { kind: 'unavailable', code: 'search.unavailable', message: /does not answer/ })
  await assert.rejects(index.put([file(1)]), { kind: 'unavailable' })
})
