import assert from 'node:assert/strict'
import test from 'node:test'
import type { MessageHistory } from '@holdfast/messenger'
import type { Sql } from '../kernel/tx.ts'
import { story } from '../operations/story.ts'
import type { FileFilter } from './file-conditions.ts'
import { folderChildren } from './folder-children.ts'
import { listFiles } from './list-files.ts'
import { purgeDue } from './purge-due.ts'
import { type MediaRoom, openMediaRoom } from './testing/open-media-room.ts'

/** How SQLite would find what `ask` asks for: one line per step. Nothing is found. */
async function planOf(room: MediaRoom, ask: (read: Sql) => Promise<unknown>): Promise<string> {
  const steps: string[] = []
  const explain: Sql['all'] = async (text, values) => {
    steps.push(...(await room.read.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${text}`, values)).map(({ detail }) => detail))
    return []
  }
  await ask({ ...room.read, all: explain })
  return steps.join('\n')
}

/** Of what is private to somebody else, row by row: is it shared, or its folder? */
const looksAtShares = [
  'CORRELATED SCALAR SUBQUERY 1',
  'SEARCH entry_share USING COVERING INDEX sqlite_autoindex_entry_share_1 (entry_id=? AND user_id=?)',
  'CORRELATED SCALAR SUBQUERY 2',
  'SEARCH entry_share USING INDEX sqlite_autoindex_entry_share_1 (entry_id=? AND user_id=?)',
]

test('what lies in one folder, has one name or one tag is found without a walk through the files of the tenant', async (t) => {
  const room = await openMediaRoom(t)
  const { id: folderId } = await room.makeFolder(room.alice, 'folder')
  const found = async (filter: FileFilter) => planOf(room, (read) => listFiles(read, room.alice, filter, { limit: 10 }))
  const inFolder = ['SEARCH file USING INDEX file_by_folder (tenant_id=? AND folder_id=? AND state=?)', ...looksAtShares].join('\n')
  assert.equal(await found({ folderId }), inFolder)
  assert.equal(await found({ folderId: null }), inFolder)
  assert.match(await found({ name: 'a' }), /file_by_name \(tenant_id=\? AND state=\? AND name_key=\?\)/)
  assert.match(await found({ tag: 'a' }), /file_tag_by_tag \(tag=\?\)\nSEARCH file USING INDEX sqlite_autoindex_file_1 \(id=\?\)/)
  const children = await planOf(room, (read) => folderChildren(read, room.alice, null, { limit: 10 }))
  assert.match(children, /file_by_folder \(tenant_id=\? AND folder_id=\?/)
})

test('a story and what is due are found without a walk through the audit and the files', async (t) => {
  const room = await openMediaRoom(t)
  const operator = { ...room.admin, roles: ['ops' as const] }
  const { tenantId: tenant } = operator
  const messages = [{ id: 'one', tenant, state: 'done' }] as unknown as MessageHistory[]
  const told = await planOf(room, (read) => story({ read, findMessages: async () => messages }, operator, 'one'))
  assert.match(told, /audit_by_correlation \(correlation_id=\?/)
  assert.match(told, /audit_by_subject \(tenant_id=\? AND subject_id=\?/)
  const due = await planOf(room, (read) => purgeDue({ ...room.media, read }, { nowMs: 0, graceMs: 0, limit: 10 }))
  assert.match(due, /file_version_by_drop \(drop_at<\?\)/)
  assert.match(due, /blob_by_state \(state=\?\)$/)
})
