import type { Sql } from '../../kernel/tx.ts'
import { type FileRow, fileColumns } from '../file.ts'
import { type Indexed, type IndexedFile, lastRevision } from './search-index.ts'

interface DocumentRow extends FileRow {
  readonly seq: number
  readonly revision: number
  readonly name_key: string
  readonly entry_words: string
  readonly text_words: string
}

const columns = `${fileColumns}, file.name_key, seq, revision, entry_words, text_words`
const source = 'search_document JOIN file ON file.id = search_document.file_id'

/** As they are now; what has no document any more was deleted for good. */
export async function indexedFiles(read: Sql, fileIds: readonly string[]): Promise<Indexed[]> {
  const rows = await read.all<DocumentRow>(
    `SELECT ${columns} FROM ${source} WHERE search_document.file_id IN (${fileIds.map(() => '?').join(', ')})`,
    fileIds,
  )
  const found = new Map(rows.map((row) => [row.id, toIndexed(row)]))
  return fileIds.map((id) => found.get(id) ?? { id, revision: lastRevision })
}

/** Those that came after `afterSeq`, in that order. */
export async function nextIndexedFiles(read: Sql, afterSeq: number, limit: number): Promise<IndexedFile[]> {
  const rows = await read.all<DocumentRow>(`SELECT ${columns} FROM ${source} WHERE seq > ? ORDER BY seq LIMIT ?`, [afterSeq, limit])
  return rows.map(toIndexed)
}

const toIndexed = (row: DocumentRow): IndexedFile => ({
  id: row.id,
  revision: row.revision,
  tenantId: row.tenant_id,
  seq: row.seq,
  words: row.entry_words + row.text_words,
  kind: row.kind,
  folderId: row.folder_id,
  nameKey: row.name_key,
  tags: JSON.parse(row.tags) as string[],
  favourite: row.favourite === 1,
  size: row.size,
  createdAt: row.created_at,
})
