import assert from 'node:assert/strict'
import test from 'node:test'
import type { Principal } from '../../kernel/principal.ts'
import type { InTransaction, Sql } from '../../kernel/tx.ts'
import { copyFile } from '../copy-file.ts'
import { eraseBytes, finishErasure } from '../erase-file.ts'
import type { FileFilter } from '../file-conditions.ts'
import { patchFile } from '../patch-file.ts'
import { patchFolder } from '../patch-folder.ts'
import { purgeFile } from '../purge-file.ts'
import { receiveUpload } from '../receive-upload.ts'
import { replaceContent } from '../replace-content.ts'
import { restoreFile } from '../restore-file.ts'
import { shareEntry } from '../sharing/share-entry.ts'
import { withdrawShare } from '../sharing/withdraw-share.ts'
import { failure, graceMs, type MediaRoom, openMediaRoom, uploadOf } from '../testing/open-media-room.ts'
import { trashFile } from '../trash-file.ts'
import { trashFolder } from '../trash-folder.ts'
import { checkSearch } from './check-search.ts'
import { indexDue } from './index-due.ts'
import { reindex } from './reindex.ts'
import { searchFiles } from './search-files.ts'

const searching =
  (room: MediaRoom) =>
  async (query: string, principal: Principal = room.alice, filter: FileFilter = {}): Promise<string[]> => {
    const { items } = await searchFiles(room, principal, query, filter, { limit: 100 })
    return items.map(({ file }) => file.name)
  }

const documents = (room: MediaRoom) =>
  room.read.all<{ file_id: string; entry_words: string; content_text: string }>(
    'SELECT file_id, entry_words, content_text FROM search_document ORDER BY seq',
  )

test('each word begins a word of the name or the tags, case and accents aside, the newest first', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const { id } = await room.upload(room.alice, { name: 'Été au Port 2031.jpg' })
  await room.upload(room.alice, { name: 'portrait of Ann.png' })
  await room.inTransaction((tx) => patchFile(tx, room.alice, id, { tags: ['Straße', '京都'] }))
  for (const query of ['port', 'PORT', 'p', 'po'])
    assert.deepEqual(await found(query), ['portrait of Ann.png', 'Été au Port 2031.jpg'], query)
  for (const query of ['ete', 'été 2031', '20 po e', 'strasse', '京', '京都 port'])
    assert.deepEqual(await found(query), ['Été au Port 2031.jpg'], query)
  for (const query of ['ort', 'ports', 'port ann x', 'zzz', '都京']) assert.deepEqual(await found(query), [], query)
})

test('words of the engines are words like any other', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const names = ['the and or not near', 'a.b', 'is_it', 'OR', 'x', '🎉 party', 'שלום עולם']
  for (const name of names) await room.upload(room.alice, { name })
  for (const query of ['the', 'and', 'a', 'b', 'is', 'not or', 'x', '🎉', 'שלום', 'near'])
    assert.notDeepEqual(await found(query), [], query)
  for (const query of ['"or"', '+the -and', 'x*', '(x)', 'x~', '<x>', 'x@2', "'x'; --"]) {
    await found(query).catch((error) => assert.fail(`${query}: ${error}`))
  }
  assert.deepEqual(await found('-x'), ['x'])
})

test('what cannot be searched for is refused', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const many = Array.from({ length: 17 }, (_, at) => `w${at}`).join(' ')
  for (const query of ['', ' ', '***', '"-"', '\u0301', many]) await assert.rejects(found(query), failure('search.query_invalid'), query)
  await assert.rejects(searchFiles(room, room.alice, 'a', {}, { limit: 1, cursor: 'WyJhIl0' }), failure('request.cursor_invalid'))
  await assert.rejects(found('a', { ...room.alice, roles: ['ops'] }), failure('auth.forbidden'))
})

test('nobody finds what they may not see, and a trashed file is in no result at once', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const file = await room.upload(room.alice, { name: 'secret plan' })
  const folder = await room.makeFolder(room.alice, 'folder')
  await room.upload(room.alice, { name: 'secret inside', folderId: folder.id })
  assert.deepEqual([await found('secret', room.bob), await found('secret', room.stranger)], [['secret inside', 'secret plan'], []])
  await room.inTransaction((tx) => patchFile(tx, room.alice, file.id, { private: true }))
  await room.inTransaction((tx) => patchFolder(tx, room.alice, folder.id, { private: true }))
  assert.deepEqual([await found('secret', room.bob), await found('secret', room.admin)], [[], []])
  assert.equal((await found('secret')).length, 2)
  await room.enrol(room.bob)
  for (const entry of [{ type: 'file', id: file.id } as const, { type: 'folder', id: folder.id } as const]) {
    const name = entry.type === 'file' ? 'secret plan' : 'secret inside'
    await room.inTransaction((tx) => shareEntry(tx, room.alice, entry, room.bob.userId))
    assert.deepEqual([await found('secret', room.bob), await found('secret', room.admin)], [[name], []])
    await room.inTransaction((tx) => withdrawShare(tx, room.alice, entry, room.bob.userId))
    assert.deepEqual(await found('secret', room.bob), [])
  }
  await room.inTransaction((tx) => trashFile(room, tx, room.alice, file.id))
  assert.deepEqual(await found('secret'), ['secret inside'])
  await room.inTransaction((tx) => trashFolder(room, tx, room.alice, folder.id))
  assert.deepEqual(await found('secret'), [])
  await room.inTransaction((tx) => restoreFile(tx, room.alice, file.id))
  assert.deepEqual(await found('secret'), ['secret plan'])
})

test('a text is found by its first words once its message is handled, and asOf tells until when all is', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const asOf = async () => (await searchFiles(room, room.alice, 'x', {}, { limit: 1 })).asOf
  const uploadedAt = room.now()
  const bytes = `The harbour master’s log.\n${'filler '.repeat(20_000)}unreached`
  const file = await room.upload(room.alice, { name: 'log.txt', bytes })
  room.advance(1_000)
  assert.deepEqual([await found('harbour'), await found('log'), await asOf()], [[], ['log.txt'], uploadedAt])
  await room.work()
  assert.deepEqual([await found('harb mast'), await found('unreached'), await asOf()], [['log.txt'], [], room.now()])
  await room.inTransaction((tx) => patchFile(tx, room.alice, file.id, { name: 'renamed.txt' }))
  const copy = await room.inTransaction((tx) => copyFile(tx, room.alice, file.id, { name: 'copy.txt' }))
  await room.work()
  assert.deepEqual(await found('harbour'), ['copy.txt', 'renamed.txt'])
  const received = await receiveUpload(room, room.alice, uploadOf('A lighthouse.'))
  await room.inTransaction((tx) => replaceContent(room, tx, room.alice, copy.id, received))
  assert.deepEqual(await found('harbour'), ['renamed.txt'])
  await room.work()
  assert.deepEqual(await found('lighthouse'), ['copy.txt'])
})

test('what is older than the newest files is found as well', async (t) => {
  const room = await openMediaRoom(t)
  const { id } = await room.upload(room.alice, { name: 'harbour at dawn' })
  await room.upload(room.alice, { name: 'dawn' })
  const marks = Array.from({ length: 2_100 }, () => "(?, ?, '', '', '')").join(', ')
  const values = Array.from({ length: 2_100 }, () => [crypto.randomUUID(), room.alice.tenantId]).flat()
  await room.inTransaction(({ sql }) =>
    sql.run(`INSERT INTO search_document (file_id, tenant_id, entry_words, text_words, content_text) VALUES ${marks}`, values),
  )
  await room.upload(room.alice, { name: 'dawn again' })
  const found = searching(room)
  assert.deepEqual(await found('da'), ['dawn again', 'dawn', 'harbour at dawn'])
  assert.deepEqual(await found('h dawn'), ['harbour at dawn'])
  await room.inTransaction((tx) => patchFile(tx, room.alice, id, { name: 'port' }))
  assert.deepEqual([await found('harbour'), await found('port')], [[], ['port']])
  const first = await searchFiles(room, room.alice, 'dawn', {}, { limit: 1 })
  const second = await searchFiles(room, room.alice, 'dawn', {}, { limit: 1, cursor: first.next ?? undefined })
  assert.deepEqual(
    [...first.items, ...second.items].map(({ file }) => file.name),
    ['dawn again', 'dawn'],
  )
})

test('filters narrow a search, and a page follows another', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  const folder = await room.makeFolder(room.alice, 'folder')
  const uploadedAt: number[] = []
  for (const name of ['note 1', 'note 22', 'note 333', 'note 4444', 'note 55555']) {
    uploadedAt.push(room.now())
    await room.upload(room.alice, { name, folderId: name === 'note 1' ? folder.id : null })
    room.advance(1_000)
  }
  const narrowed = (filter: FileFilter) => found('note', room.alice, filter)
  assert.deepEqual(await narrowed({ folderId: folder.id }), ['note 1'])
  assert.deepEqual(await narrowed({ minSize: 7, maxSize: 8 }), ['note 333', 'note 22'])
  assert.deepEqual(await narrowed({ createdFrom: uploadedAt[3], createdBefore: uploadedAt[4] }), ['note 4444'])
  assert.deepEqual(await narrowed({ name: 'NOTE 22' }), ['note 22'])
  assert.deepEqual([await narrowed({ kind: 'image' }), await narrowed({ tag: 'x' }), await narrowed({ favourite: true })], [[], [], []])
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    const page = await searchFiles(room, room.alice, 'note', {}, { limit: 2, cursor })
    pages.push(page.items.map(({ file }) => file.name))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  assert.deepEqual(pages, [['note 55555', 'note 4444'], ['note 333', 'note 22'], ['note 1']])
})

test('what was found is marked where it stands', async (t) => {
  const room = await openMediaRoom(t)
  const { id } = await room.upload(room.alice, { name: 'Été.txt', bytes: `${'before '.repeat(50)}the <b>été</b> of été` })
  await room.inTransaction((tx) => patchFile(tx, room.alice, id, { tags: ['ETERNAL', 'other'] }))
  await room.work()
  const { items } = await searchFiles(room, room.alice, 'ete', {}, { limit: 1 })
  const marked = items[0]?.highlights.map(({ field, text, ranges }) => [field, ...ranges.map(({ start, end }) => text.slice(start, end))])
  assert.deepEqual(marked, [
    ['name', 'Été'],
    ['tag', 'ETERNAL'],
    ['text', 'été', 'été'],
  ])
  const excerpt = items[0]?.highlights[2]?.text ?? ''
  assert.match(excerpt, /^before .*the <b>été<\/b> of été$/)
  assert.ok(excerpt.length < 120)
})

test('nothing of a file that was deleted for good is left to be searched', async (t) => {
  const room = await openMediaRoom(t)
  const purged = await room.upload(room.alice, { name: 'purged.txt' })
  const erased = await room.upload(room.alice, { name: 'erased.txt' })
  await room.work()
  await room.inTransaction((tx) => trashFile(room, tx, room.alice, purged.id))
  room.advance(graceMs)
  await purgeFile(room, purged.id, 1)
  await eraseBytes(room, room.alice, erased.id)
  await room.inTransaction((tx) => finishErasure(room, tx, room.alice.userId, erased.id))
  assert.deepEqual(await documents(room), [])
})

test('what no message is left for is indexed by the clock, and bytes that are gone keep nothing back', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await room.upload(room.alice, { name, bytes: `in ${name} there is harbour` })
  await room.inTransaction(({ sql }) => sql.run("UPDATE search_document SET entry_words = ''"))
  assert.deepEqual(await found('two'), [])
  const [key = ''] = await room.liveKeys()
  await room.blobs.delete(key)
  assert.deepEqual(await indexDue(room, { beforeMs: room.now() - 1 }), { indexed: 0, failed: 0 })
  assert.deepEqual(await indexDue(room, { beforeMs: room.now() }), { indexed: 2, failed: 1 })
  assert.equal((await found('harbour')).length, 2)
})

test('a file whose words cannot be written keeps none of the others back', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await room.upload(room.alice, { name, bytes: `in ${name} there is harbour` })
  const inTransaction: InTransaction = (work) =>
    room.inTransaction((tx) => {
      const { sql } = tx
      const run: Sql['run'] = async (text, values) => {
        if (values?.includes('in two.txt there is harbour')) throw new Error('refused')
        return sql.run(text, values)
      }
      const [all, get, afterCommit, beforeCommit] = [
        sql.all.bind(sql),
        sql.get.bind(sql),
        sql.afterCommit.bind(sql),
        sql.beforeCommit.bind(sql),
      ]
      return work({ ...tx, sql: { run, all, get, afterCommit, beforeCommit } })
    })
  assert.deepEqual(await indexDue({ ...room, inTransaction }, { beforeMs: room.now() }), { indexed: 2, failed: 1 })
  assert.deepEqual(await found('harbour'), ['three.txt', 'one.txt'])
})

test('the index is compared with the files, and made anew beside them', async (t) => {
  const room = await openMediaRoom(t)
  const found = searching(room)
  for (const name of ['one.txt', 'two.txt', 'three.txt']) await room.upload(room.alice, { name, bytes: 'harbour' })
  await room.work()
  assert.deepEqual(await checkSearch(room.read, room.now()), { files: 3, missing: 0, orphaned: 0, due: 0, overdue: 0 })
  await room.inTransaction(async ({ sql }) => {
    await sql.run("DELETE FROM search_document WHERE file_id = (SELECT id FROM file WHERE name = 'one.txt')")
    await sql.run("UPDATE search_document SET text_words = '' WHERE file_id = (SELECT id FROM file WHERE name = 'two.txt')")
    await sql.run(
      "INSERT INTO search_document (file_id, tenant_id, due_at, entry_words, text_words, content_text) VALUES ('x', 'y', 0, '', '', '')",
    )
  })
  assert.deepEqual(await checkSearch(room.read, room.now()), { files: 3, missing: 1, orphaned: 1, due: 1, overdue: 1 })
  assert.deepEqual(await found('harbour'), ['three.txt'])
  const seen: number[] = []
  assert.deepEqual(await reindex(room, ({ indexed }) => seen.push(indexed)), { total: 3, indexed: 3, failed: 0 })
  assert.deepEqual([seen, (await found('harbour')).length], [[3], 3])
  assert.deepEqual(await checkSearch(room.read, room.now()), { files: 3, missing: 0, orphaned: 0, due: 0, overdue: 0 })
})
