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
 * Tells the index the oldest of what changed, and answers how many changes: fewer than `batch` where that was all. May be repeated, and be done by several at
 * once: the index keeps the latest of what it is told. Throws `search.unavailable`: what was not told is told the next time.
 */
async function feedBatch({ read, inTransaction, index, log }: FeedDeps): Promise<number> {
  // First the changes, then the files, then (by `put`) the indices that there are: whoever begins to fill one afterwards reads these changes too.
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
  return changes.length
}

/**
 * Tells what has changed by the time it is called, and ends with the first batch that is not full, whatever changes meanwhile. A batch at a time in this
 * process: who comes meanwhile waits for one that begins after they came.
 */
export function createFeed(deps: FeedDeps): () => Promise<void> {
  let running: Promise<number> | undefined
  let next: Promise<number> | undefined
  const start = (): Promise<number> => {
    next = undefined
    running = feedBatch(deps).finally(() => {
      running = undefined
    })
    return running
  }
  const feedOnce = (): Promise<number> => {
    if (running === undefined) return start()
    next ??= running.then(start, start)
    return next
  }
  return async () => {
    let told: number
    do told = await feedOnce()
    while (told === batch)
  }
}
