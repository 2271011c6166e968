import type { Sql } from '../../kernel/tx.ts'
import { fileColumns } from '../file.ts'
import type { FileFilter } from '../file-conditions.ts'
import type { DocumentQuery, FoundRow } from './find-documents.ts'
import type { Candidate, SearchIndex } from './search-index.ts'

/** Candidates that are looked at together, at most. */
const batch = 500

/**
 * The newest of what the index knows that the database has, and the principal may see. Undefined where the index has nothing to say.
 */
export async function findByIndex(
  read: Sql,
  index: Pick<SearchIndex, 'find'>,
  query: DocumentQuery,
  filter: FileFilter,
): Promise<FoundRow[] | undefined> {
  const { tenantId, words, limit } = query
  const found: FoundRow[] = []
  let beforeSeq = query.beforeSeq
  // Most candidates are there to be seen: a page's worth is often enough.
  let most = Math.min(limit, batch)
  for (;;) {
    const candidates = await index.find({ tenantId, words, filter, beforeSeq, limit: most })
    if (candidates === undefined) return undefined
    found.push(...(await rowsOf(read, query, candidates)))
    if (found.length >= limit || candidates.length < most) return found.slice(0, limit)
    beforeSeq = candidates.at(-1)?.seq ?? 0
    most = batch
  }
}

async function rowsOf(read: Sql, { files }: DocumentQuery, candidates: readonly Candidate[]): Promise<FoundRow[]> {
  if (candidates.length === 0) return []
  const ids = candidates.map(({ fileId }) => fileId)
  return read.all<FoundRow>(
    `SELECT ${fileColumns}, seq FROM search_document JOIN file ON file.id = search_document.file_id ${files.join}
      WHERE search_document.file_id IN (${ids.map(() => '?').join(', ')}) AND ${files.text} ORDER BY seq DESC`,
    [...ids, ...files.values],
  )
}
