import type { InTransaction, Sql } from '../../kernel/tx.ts'
import { indexedFiles } from './indexed-files.ts'
import type { SearchIndex } from './search-index.ts'

export interface FeedDeps {
  readonly read: Sql
  readonly inTransaction: InTransaction
  readonly index: Pick<SearchIndex, 'put'>
  readonly log: { warn(detail: object, message: string): void }
}

const batch = 500

/**
 * Tells the index what changed, the oldest first, until nothing is left, and answers how many files. May be repeated, and be done by several at
 * once: the index keeps the latest of what it is told. Throws `search.unavailable`: what was not told is told the next time.
 */
async function feedIndexOnce(deps: FeedDeps): Promise<number> {
  let fed = 0
  for (let count = await feedBatch(deps); count > 0; count = await feedBatch(deps)) fed += count
  return fed
}

// First the changes, then the files, then (by `put`) the indices that there are: whoever begins to fill one afterwards reads these changes too.
async function feedBatch({ read, inTransaction, index, log }: FeedDeps): Promise<number> {
  const changes = await read.all<{ id: number; file_id: string }>('SELECT id, file_id FROM search_change ORDER BY id LIMIT ?', [batch])
  if (changes.length === 0) return 0
  const fileIds = [...new Set(changes.map(({ file_id }) => file_id))]
  const refused = await index.put(await indexedFiles(read, fileIds))
  if (refused.length > 0) log.warn({ fileIds: refused }, 'the index refused files')
  await inTransaction(async ({ sql }) => {
    await sql.run(
      `DELETE FROM search_change WHERE id IN (${changes.map(() => '?').join(', ')})`,
      changes.map(({ id }) => id),
    )
  })
  return fileIds.length
}

/** One at a time in this process: who comes meanwhile waits for one that begins after they came. */
export function createFeed(deps: FeedDeps): () => Promise<number> {
  let running: Promise<number> | undefined
  let next: Promise<number> | undefined
  const start = (): Promise<number> => {
    next = undefined
    running = feedIndexOnce(deps).finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined) return start()
    next ??= running.then(start, start)
    return next
  }
}
