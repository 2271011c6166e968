import type { InTransaction, Sql } from '../../kernel/tx.ts'
import { type IndexCounts, indexFiles } from './index-due.ts'
import type { IndexDeps } from './index-file.ts'
import { hasFile } from './search-document.ts'

export interface ReindexProgress extends IndexCounts {
  readonly total: number
}

interface ReindexDeps extends IndexDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
}

const batch = 500

/**
 * Writes the words of every file anew, beside whatever goes on: what is found stays found meanwhile. Adds what is missing and removes what no
 * file is left of. May be repeated, and be cut off.
 */
export async function reindex(deps: ReindexDeps, onProgress: (progress: ReindexProgress) => void): Promise<ReindexProgress> {
  await addMissing(deps)
  await removeOrphaned(deps)
  const { read } = deps
  const total = await countDocuments(read)
  let progress: ReindexProgress = { total, indexed: 0, failed: 0 }
  let last: Document | undefined = { seq: 0, file_id: '' }
  while (last !== undefined) {
    const documents: Document[] = await read.all('SELECT seq, file_id FROM search_document WHERE seq > ? ORDER BY seq LIMIT ?', [
      last.seq,
      batch,
    ])
    progress = { total, ...(await indexFiles(deps, documents, progress)) }
    if (documents.length > 0) onProgress(progress)
    last = documents.at(-1)
  }
  return progress
}

type Document = { readonly seq: number; readonly file_id: string }

async function countDocuments(read: Sql): Promise<number> {
  const row = await read.get<{ count: number }>('SELECT COUNT(*) AS count FROM search_document')
  return row?.count ?? 0
}

/** With no words yet: due since the file is there. */
async function addMissing({ inTransaction }: ReindexDeps): Promise<void> {
  for (let last: string | undefined = ''; last !== undefined; ) {
    const after: string = last
    last = await inTransaction(async ({ sql }) => {
      const missing = await sql.all<{ id: string }>(
        `SELECT file.id FROM file LEFT JOIN search_document ON file_id = file.id
          WHERE file.id > ? AND file.state IN ('active', 'trashed') AND file_id IS NULL ORDER BY file.id LIMIT ?`,
        [after, batch],
      )
      for (const { id } of missing) {
        await sql.run(
          `INSERT INTO search_document (file_id, tenant_id, due_at, entry_words, text_words, content_text)
           SELECT id, tenant_id, created_at, '', '', '' FROM file WHERE id = ?`,
          [id],
        )
      }
      return missing.at(-1)?.id
    })
  }
}

async function removeOrphaned({ inTransaction, read }: ReindexDeps): Promise<void> {
  const orphaned = await read.all<{ file_id: string }>(`SELECT file_id FROM search_document WHERE NOT ${hasFile}`)
  for (const { file_id } of orphaned) {
    await inTransaction(({ sql }) => sql.run(`DELETE FROM search_document WHERE file_id = ? AND NOT ${hasFile}`, [file_id]))
  }
}
