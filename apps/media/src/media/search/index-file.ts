import { take } from '../../kernel/take.ts'
import type { InTransaction, Sql, Tx } from '../../kernel/tx.ts'
import type { BlobStore } from '../blob-store.ts'
import { type File, type FileRow, fileColumns, toFile } from '../file.ts'
import { decodeText } from './decode-text.ts'
import { encodeWords } from './encode-word.ts'
import { noteChange } from './search-change.ts'
import { entryWords, hasText } from './search-document.ts'
import { wordsOf } from './words.ts'

export interface IndexDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'open'>
}

/** Of a text, its first bytes are searched. */
const maxTextBytes = 100 * 1024

/**
 * Writes all words of a file, those in its bytes included. May be repeated, and be late: what has new bytes meanwhile is left to the message
 * that came with them. Throws `storage.unavailable`, `storage.blob_missing`.
 */
export async function indexFile(
  deps: IndexDeps,
  fileId: string,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void> = deps.inTransaction,
): Promise<void> {
  const [stored] = await findStored(deps.read, [fileId])
  if (stored === undefined) return
  const read = await readFile(deps, stored)
  await finish((tx) => writeWords(tx, [read]))
}

/** The same of several, which share a commit. Answers how many were left out, since their bytes could not be read. */
export async function indexTogether(deps: IndexDeps, fileIds: readonly string[]): Promise<number> {
  const stored = await findStored(deps.read, fileIds)
  const outcomes = await Promise.allSettled(stored.map((one) => readFile(deps, one)))
  const read = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (read.length > 0) await deps.inTransaction((tx) => writeWords(tx, read))
  return outcomes.length - read.length
}

interface StoredFile {
  readonly file: File
  readonly storageKey: string
}

interface ReadFile {
  readonly file: File
  /** What is searched of its bytes. */
  readonly text: string
}

/** Those that are searched. */
async function findStored(sql: Sql, fileIds: readonly string[]): Promise<StoredFile[]> {
  const rows = await sql.all<FileRow & { storage_key: string }>(
    `SELECT ${fileColumns}, storage_key FROM file JOIN stored_blob ON stored_blob.id = file.blob_id
      WHERE file.id IN (${fileIds.map(() => '?').join(', ')}) AND file.state IN ('active', 'trashed')`,
    fileIds,
  )
  return rows.map((row) => ({ file: toFile(row), storageKey: row.storage_key }))
}

async function readFile({ blobs }: IndexDeps, { file, storageKey }: StoredFile): Promise<ReadFile> {
  if (!hasText(file) || file.size === 0) return { file, text: '' }
  const end = Math.min(file.size, maxTextBytes) - 1
  const content: AsyncIterable<Uint8Array> = await blobs.open(storageKey, { start: 0, end })
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return { file, text: decodeText(Buffer.concat(chunks)) }
}

async function writeWords(tx: Tx, read: readonly ReadFile[]): Promise<void> {
  const ids = read.map(({ file }) => file.id)
  await take(tx, 'file', ...ids)
  const current = new Map((await findStored(tx.sql, ids)).map(({ file }) => [file.id, file]))
  for (const { file, text } of read) {
    const now = current.get(file.id)
    if (now?.blobId !== file.blobId) continue
    await tx.sql.run('UPDATE search_document SET entry_words = ?, text_words = ?, content_text = ?, due_at = NULL WHERE file_id = ?', [
      entryWords(now),
      encodeWords(now.tenantId, wordsOf(text)),
      text,
      now.id,
    ])
    await noteChange(tx, now.id)
  }
}
