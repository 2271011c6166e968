import type { Sql } from '../../kernel/tx.ts'
import { nextIndexedFiles } from './indexed-files.ts'
import type { SearchIndex } from './search-index.ts'

export interface IndexCheck {
  readonly files: number
  /** Not in the index. */
  readonly missing: number
  /** In it as they were before a change. */
  readonly outdated: number
  /** In it, though deleted for good. */
  readonly surplus: number
  /** Changes that the index has not been told. */
  readonly waiting: number
}

const batch = 500

/** Compares the index with the database, file by file. At rest, every count but the first is zero. Throws `search.unavailable`. */
export async function checkIndex({ read, index }: { readonly read: Sql; readonly index: SearchIndex }): Promise<IndexCheck> {
  const counts = { files: 0, missing: 0, outdated: 0 }
  for (let files = await nextIndexedFiles(read, 0, batch); files.length > 0; ) {
    const revisions = await index.revisionsOf(files.map(({ id }) => id))
    counts.files += files.length
    counts.missing += files.filter(({ id }) => !revisions.has(id)).length
    counts.outdated += files.filter(({ id, revision }) => (revisions.get(id) ?? revision) !== revision).length
    files = await nextIndexedFiles(read, files.at(-1)?.seq ?? 0, batch)
  }
  const waiting = await read.get<{ changes: number }>('SELECT COUNT(*) AS changes FROM search_change')
  const surplus = (await index.count()) - (counts.files - counts.missing)
  return { ...counts, surplus: Math.max(0, surplus), waiting: waiting?.changes ?? 0 }
}
