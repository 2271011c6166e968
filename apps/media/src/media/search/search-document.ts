import type { Sql, Tx } from '../../kernel/tx.ts'
import type { File } from '../file.ts'
import { indexFile } from '../messages.ts'
import { encodeWords } from './encode-word.ts'
import { noteChange } from './search-change.ts'
import { wordsOf } from './words.ts'

/**
 * What is searched of a file is written with the file, in its transaction: its name and tags are found as soon as they are there. Only what
 * stands in its bytes follows, by a message.
 */

type Described = Pick<File, 'id' | 'tenantId' | 'name' | 'tags' | 'kind'>

interface NewDocument {
  readonly file: Described
  readonly dueAt: number | null
}

/** With a new file. */
export async function addDocument(tx: Tx, file: Described): Promise<void> {
  const dueAt = hasText(file) ? tx.now : null
  tx.sql.beforeCommit(insertDocuments, { file, dueAt })
  await noteChange(tx, file.id)
  if (dueAt !== null) await tx.outbox.dispatch(indexFile, { fileId: file.id })
}

/** With a new name, or new tags. */
export async function changeEntryWords(tx: Tx, file: Described): Promise<void> {
  await tx.sql.run('UPDATE search_document SET entry_words = ? WHERE file_id = ?', [entryWords(file), file.id])
  await noteChange(tx, file.id)
}

/** With new bytes: what the ones before held is not found any more. */
export async function forgetText(tx: Tx, file: Described): Promise<void> {
  const dueAt = hasText(file) ? tx.now : null
  await tx.sql.run("UPDATE search_document SET text_words = '', content_text = '', due_at = ? WHERE file_id = ?", [dueAt, file.id])
  await noteChange(tx, file.id)
  if (dueAt !== null) await tx.outbox.dispatch(indexFile, { fileId: file.id })
}

/** With the end of a file. */
export async function removeDocument(tx: Tx, fileId: string): Promise<void> {
  await tx.sql.run('DELETE FROM search_document WHERE file_id = ?', [fileId])
  await noteChange(tx, fileId)
}

/** Whether there are words in its bytes. */
export const hasText = ({ kind }: Pick<File, 'kind'>): boolean => kind === 'text'

export const entryWords = ({ tenantId, name, tags }: Described): string => encodeWords(tenantId, wordsOf([name, ...tags].join('\n')))

/** In one statement. */
const mostRows = 64

async function insertDocuments(sql: Sql, documents: readonly NewDocument[]): Promise<void> {
  for (let first = 0; first < documents.length; first += mostRows) {
    const rows = documents.slice(first, first + mostRows)
    await sql.run(
      `INSERT INTO search_document (file_id, tenant_id, due_at, entry_words, text_words, content_text)
       VALUES ${rows.map(() => "(?, ?, ?, ?, '', '')").join(', ')}`,
      rows.flatMap(({ file, dueAt }) => [file.id, file.tenantId, dueAt, entryWords(file)]),
    )
  }
}

/** Of a document. What is being deleted for good has one until it is gone. */
export const hasFile =
  "EXISTS (SELECT 1 FROM file WHERE file.id = search_document.file_id AND file.state IN ('active', 'trashed', 'purging', 'erasing'))"
