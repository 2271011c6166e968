import assert from 'node:assert/strict'
import test from 'node:test'
import type { SqlValue } from '@holdfast/database'
import type { InTransaction, Sql, Tx } from '../kernel/tx.ts'
import { purgeFile } from './purge-file.ts'
import { graceMs, type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

/** A step of a plan, on SQLite its `detail`. */
interface Step {
  readonly detail?: string
  readonly table?: string | null
  readonly type?: string | null
}

/** The table that it reads from end to end, if it does. */
function walkOf({ detail, table, type }: Step): string | undefined {
  if (detail !== undefined) return /^SCAN (\w+)/.exec(detail)?.[1]
  return type === 'ALL' || type === 'index' ? (table ?? undefined) : undefined
}

/** Notes which tables are read from end to end. */
function watchWalks({ database, read, inTransaction }: MediaRoom) {
  const walks = new Set<string>()
  const explain = database.dialect === 'mysql' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN'
  const watch = (sql: Sql): Sql => {
    const look = async (text: string, values: readonly SqlValue[] = []): Promise<void> => {
      for (const step of await sql.all<Step>(`${explain} ${text}`, values)) walks.add(walkOf(step) ?? '')
    }
    return {
      all: (text, values) => look(text, values).then(() => sql.all(text, values)),
      get: (text, values) => look(text, values).then(() => sql.get(text, values)),
      run: (text, values) => look(text, values).then(() => sql.run(text, values)),
    }
  }
  const watched = (tx: Tx): Tx => ({
    ...tx,
    sql: {
      ...watch(tx.sql),
      afterCommit: (callback) => tx.sql.afterCommit(callback),
      beforeCommit: (write, item) => tx.sql.beforeCommit(write, item),
    },
  })
  const inWatchedTransaction: InTransaction = (work) => inTransaction((tx) => work(watched(tx)))
  return { walks, read: watch(read), inTransaction: inWatchedTransaction }
}

test('a purge looks at what belongs to its file, and walks through neither the files nor the blobs of the house', async (t) => {
  const room = await openMediaRoom(t)
  for (let files = 0; files < 20; files++) await room.upload(room.alice, { name: `${files}` })
  const { id } = await room.upload(room.alice, { name: 'a' })
  const trashed = await room.inTransaction((tx) => trashFile(room, tx, room.alice, id))
  room.advance(graceMs)
  const { walks, ...watched } = watchWalks(room)
  assert.deepEqual(await purgeFile({ ...room, ...watched }, id, trashed?.epoch ?? 0), { is: 'decided' })
  for (const table of ['file', 'stored_blob', 'search_document', 'entry_share']) assert.equal(walks.has(table), false, table)
})

test('a folder is trashed with a look at what lies in it, and no walk through the files of the house', async (t) => {
  const room = await openMediaRoom(t)
  for (let files = 0; files < 60; files++) await room.upload(room.alice, { name: `${files}` })
  const { id } = await room.makeFolder(room.alice, 'folder')
  const { id: folderId } = await room.makeFolder(room.alice, 'below', id)
  await room.upload(room.alice, { name: 'a', folderId })
  const { walks, inTransaction } = watchWalks(room)
  await inTransaction((tx) => trashFolder(room, tx, room.alice, id))
  for (const table of ['file', 'sibling_name']) assert.equal(walks.has(table), false, table)
})
