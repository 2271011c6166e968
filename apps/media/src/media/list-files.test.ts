import assert from 'node:assert/strict'
import test from 'node:test'
import { copyFile } from './copy-file.ts'
import type { FileFilter } from './file-conditions.ts'
import { type FileSort, fileSorts, listFiles } from './list-files.ts'
import { listFolders } from './list-folders.ts'
import { listTrash } from './list-trash.ts'
import { patchFile } from './patch-file.ts'
import { failure, type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'
import { samples } from './testing/sample-bytes.ts'
import { trashFile } from './trash-file.ts'

async function names(room: MediaRoom, filter: FileFilter, sort?: FileSort, limit = 100): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listFiles(room.read, room.bob, filter, { limit, cursor, sort })
    assert.ok(page.items.length <= limit)
    seen.push(...page.items.map(({ name }) => name))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return seen
}

test('files are filtered by folder, name, kind, tag and mark, each alone and all together', async (t) => {
  const room = await openMediaRoom(t)
  const folder = await room.makeFolder(room.alice, 'f')
  const picture = await room.upload(room.alice, { name: 'Été.png', bytes: samples.png, folderId: folder.id })
  const text = await room.upload(room.bob, { name: 'a.txt', bytes: 'text' })
  await room.inTransaction((tx) => patchFile(tx, room.bob, picture.id, { tags: ['x', 'y'], favourite: true }))
  await room.inTransaction((tx) => patchFile(tx, room.bob, text.id, { tags: ['x'] }))
  const table: [FileFilter, string[]][] = [
    [{}, ['a.txt', 'Été.png']],
    [{ folderId: folder.id }, ['Été.png']],
    [{ folderId: null }, ['a.txt']],
    [{ folderId: crypto.randomUUID() }, []],
    [{ name: 'e\u0301TE\u0301.PNG' }, ['Été.png']],
    [{ name: 'a' }, []],
    [{ name: '%' }, []],
    [{ kind: 'image' }, ['Été.png']],
    [{ kind: 'video' }, []],
    [{ tag: 'x' }, ['a.txt', 'Été.png']],
    [{ tag: 'y' }, ['Été.png']],
    [{ tag: 'X' }, []],
    [{ favourite: true }, ['Été.png']],
    [{ favourite: false }, ['a.txt']],
    [{ folderId: folder.id, name: 'été.png', kind: 'image', tag: 'x', favourite: true }, ['Été.png']],
  ]
  for (const [filter, expected] of table) assert.deepEqual(await names(room, filter, 'name'), expected, JSON.stringify(filter))
  const copy = await room.inTransaction((tx) => copyFile(tx, room.bob, picture.id, { name: 'copy' }))
  assert.deepEqual(copy.tags, ['x', 'y'])
  assert.deepEqual(await names(room, { tag: 'y' }, 'name'), ['copy', 'Été.png'])
  assert.deepEqual((await listFiles(room.read, room.stranger, {}, { limit: 10 })).items, [])
})

test('every sort gives each file once, whatever the size of the page', async (t) => {
  const room = await openMediaRoom(t)
  for (const [name, bytes] of [
    ['b', 'xx'],
    ['A', 'xx'],
    ['c', 'x'],
    ['D', ''],
    ['e', 'xx'],
  ]) {
    await room.upload(room.alice, { name: name ?? '', bytes: bytes ?? '' })
    if (name !== 'c') room.advance(1_000)
  }
  const inOrder: Record<string, string> = { name: 'A,b,c,D,e', '-name': 'e,D,c,b,A' }
  for (const sort of fileSorts) {
    const whole = await names(room, {}, sort)
    for (const limit of [1, 2, 3]) assert.deepEqual(await names(room, {}, sort, limit), whole, `${sort} by ${limit}`)
    assert.deepEqual(whole.toSorted(), ['A', 'D', 'b', 'c', 'e'])
    if (inOrder[sort] !== undefined) assert.equal(whole.join(), inOrder[sort])
  }
  assert.equal((await names(room, {}))[0], 'e', 'newest first')
  assert.deepEqual((await names(room, {}, 'size')).slice(0, 2), ['D', 'c'])
})

test('pages stay in step while files come and go', async (t) => {
  const room = await openMediaRoom(t)
  const files = []
  for (const name of ['a', 'c', 'e', 'g']) files.push(await room.upload(room.alice, { name }))
  const first = await listFiles(room.read, room.bob, {}, { limit: 2, sort: 'name' })
  await room.upload(room.alice, { name: 'b' })
  await room.upload(room.alice, { name: 'd' })
  for (const file of [files[1], files[2]]) await room.inTransaction((tx) => trashFile(room, tx, room.alice, file?.id ?? ''))
  const second = await listFiles(room.read, room.bob, {}, { limit: 2, sort: 'name', cursor: first.next ?? '' })
  assert.deepEqual(
    second.items.map(({ name }) => name),
    ['d', 'g'],
  )
  assert.equal(second.next, null)
})

test('a cursor that no list gave is refused', async (t) => {
  const room = await openMediaRoom(t)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  for (const cursor of ['', 'x', encode({}), encode([1]), encode([1, 2, 3]), encode([null, 'x']), encode([[1], 'x'])]) {
    const attempts = [
      listFiles(room.read, room.bob, {}, { limit: 2, cursor }),
      listTrash(room.read, room.bob, { limit: 2, cursor }),
      listFolders(room.read, room.bob, {}, { limit: 2, cursor }),
    ]
    for (const attempt of attempts) await assert.rejects(attempt, failure('request.cursor_invalid'), cursor)
  }
})

test('folders are listed by name, those of one parent or all', async (t) => {
  const room = await openMediaRoom(t)
  const top = await room.makeFolder(room.alice, 'B')
  await room.makeFolder(room.alice, 'a')
  await room.makeFolder(room.alice, 'c', top.id)
  const list = async (parentId?: string | null) =>
    (await listFolders(room.read, room.bob, { parentId }, { limit: 10 })).items.map(({ name }) => name)
  assert.deepEqual([await list(), await list(null), await list(top.id)], [['a', 'B', 'c'], ['a', 'B'], ['c']])
  const page = await listFolders(room.read, room.bob, {}, { limit: 2 })
  const rest = await listFolders(room.read, room.bob, {}, { limit: 2, cursor: page.next ?? '' })
  assert.deepEqual(
    rest.items.map(({ name }) => name),
    ['c'],
  )
})

test('the trash is listed newest first, a page at a time', async (t) => {
  const room = await openMediaRoom(t)
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const file = await room.upload(room.alice, { name })
    await room.inTransaction((tx) => trashFile(room, tx, room.alice, file.id))
    room.advance(1)
  }
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await listTrash(room.read, room.viewer, { limit: 2, cursor })
    seen.push(...page.items.map((entry) => (entry.type === 'file' ? entry.file.name : entry.folder.name)))
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  assert.deepEqual(seen, ['e', 'd', 'c', 'b', 'a'])
})

test('an ops account that is nothing else sees no files', async (t) => {
  const room = await openMediaRoom(t)
  const ops = { ...room.alice, roles: ['ops'] as const }
  await assert.rejects(listFiles(room.read, ops, {}, { limit: 1 }), failure('auth.forbidden'))
  await assert.rejects(listTrash(room.read, ops, { limit: 1 }), failure('auth.forbidden'))
})
