import { take } from '../../kernel/take.ts'
import type { InTransaction, Sql, Tx } from '../../kernel/tx.ts'
import type { BlobStore } from '../blob-store.ts'
import { type File, findFile } from '../file.ts'
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
  const file = await findFile(deps.read, fileId)
  if (file === undefined || !isSearched(file)) return
  const text = hasText(file) ? await readText(deps, file) : ''
  await finish((tx) => writeWords(tx, file, text))
}

async function writeWords(tx: Tx, { id, blobId }: File, text: string): Promise<void> {
  await take(tx, 'file', id)
  const file = await findFile(tx.sql, id)
  if (file === undefined || !isSearched(file) || file.blobId !== blobId) return
  await tx.sql.run('UPDATE search_document SET entry_words = ?, text_words = ?, content_text = ?, due_at = NULL WHERE file_id = ?', [
    entryWords(file),
    encodeWords(file.tenantId, wordsOf(text)),
    text,
    id,
  ])
  await noteChange(tx, id)
}

const isSearched = ({ state }: File): boolean => state === 'active' || state === 'trashed'

async function readText({ read, blobs }: IndexDeps, { size, blobId }: File): Promise<string> {
  if (size === 0) return ''
  const blob = await read.get<{ storage_key: string }>('SELECT storage_key FROM stored_blob WHERE id = ?', [blobId])
  if (blob === undefined) throw new Error(`blob ${blobId} is not there`)
  const end = Math.min(size, maxTextBytes) - 1
  const content: AsyncIterable<Uint8Array> = await blobs.open(blob.storage_key, { start: 0, end })
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return decodeText(Buffer.concat(chunks))
}
