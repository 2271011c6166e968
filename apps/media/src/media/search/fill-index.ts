import { Failure } from '../../kernel/failure.ts'
import type { Sql } from '../../kernel/tx.ts'
import { nextIndexedFiles } from './indexed-files.ts'
import type { SearchIndex } from './search-index.ts'

export interface FillDeps {
  readonly read: Sql
  readonly index: SearchIndex
}

export interface FillOptions {
  readonly onProgress?: (counts: FillCounts) => void
  /** To give up. */
  readonly signal?: AbortSignal
}

export interface FillCounts {
  readonly indexed: number
  /** The index refused them. */
  readonly failed: number
  /** Files when it began. */
  readonly total: number
}

const batch = 500

/**
 * Fills a new index with every file while the one before is searched and both are fed, then puts it in its place. Cut off at any point, it leaves
 * search as it was; the next one clears away what it left. Throws `search.unavailable`.
 */
export async function fillIndex(
  { read, index }: FillDeps,
  { onProgress = () => undefined, signal }: FillOptions = {},
): Promise<FillCounts> {
  await index.setup()
  const filling = await index.beginFilling()
  try {
    const there = await read.get<{ files: number }>('SELECT COUNT(*) AS files FROM search_document')
    const counts = { total: there?.files ?? 0, indexed: 0, failed: 0 }
    let files = await nextIndexedFiles(read, 0, batch)
    while (files.length > 0) {
      if (signal?.aborted) throw new Failure('unavailable', 'search.unavailable', 'the filling was given up')
      const refused = await filling.put(files)
      counts.indexed += files.length - refused.length
      counts.failed += refused.length
      onProgress(counts)
      files = await nextIndexedFiles(read, files.at(-1)?.seq ?? 0, batch)
    }
    await filling.finish()
    return counts
  } catch (error) {
    await filling.abandon().catch(() => undefined)
    throw error
  }
}
