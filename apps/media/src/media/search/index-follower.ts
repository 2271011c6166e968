import { Failure } from '../../kernel/failure.ts'
import { createFeed, type FeedDeps } from './feed-index.ts'
import { fillIndex } from './fill-index.ts'
import type { SearchIndex } from './search-index.ts'

export interface FollowerDeps extends Omit<FeedDeps, 'index'> {
  readonly index: SearchIndex
  readonly log: FeedDeps['log'] & { info(detail: object, message: string): void }
}

/** Keeps an index beside the database in step with it. While the index is away nothing fails and nothing is lost: changes wait in their table. */
export function createIndexFollower(deps: FollowerDeps) {
  const { index, log } = deps
  const feed = createFeed(deps)
  const stop = new AbortController()
  let filling: Promise<void> | undefined

  const fill = async (): Promise<void> => {
    const counts = await fillIndex(deps, { signal: stop.signal })
    log.info(counts, 'the search index was empty and is filled')
  }
  const fillWhereEmpty = async (): Promise<void> => {
    if (filling !== undefined || (await index.isFilled())) return
    filling = unlessAway(fill, log).finally(() => {
      filling = undefined
    })
  }

  return {
    /** Tells the index what changed. */
    feed: (): Promise<void> => unlessAway(feed, log),
    /** The same, and where there is no index begins to fill one; that goes on by itself. */
    keepUp: (): Promise<void> =>
      unlessAway(async () => {
        await fillWhereEmpty()
        await feed()
      }, log),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort()
      await filling
    },
  }
}

async function unlessAway(work: () => Promise<unknown>, log: FeedDeps['log']): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Failure && error.kind === 'unavailable')) throw error
    log.warn({ err: error }, 'the search index is behind')
  }
}
