import { Failure } from '../../kernel/failure.ts'
import { createFeed, type FeedDeps } from './feed-index.ts'
import { fillIndex } from './fill-index.ts'
import type { SearchIndex } from './search-index.ts'

export interface FollowerDeps extends Omit<FeedDeps, 'index'> {
  readonly index: SearchIndex
  readonly now: () => number
  readonly log: FeedDeps['log'] & { info(detail: object, message: string): void }
}

const restMs = 5_000

/** Keeps an index beside the database in step with it. While the index is away nothing fails and nothing is lost: changes wait in their table. */
export function createIndexFollower(deps: FollowerDeps) {
  const { index, now, log } = deps
  const feed = createFeed(deps)
  const stop = new AbortController()
  let restsUntil = 0
  let feeding: Promise<void> | undefined
  let filling: Promise<void> | undefined

  const unlessAway = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Failure && error.kind === 'unavailable')) throw error
      if (now() >= restsUntil) log.warn({ err: error }, 'the search index is behind')
      restsUntil = now() + restMs
    }
  }
  const fill = async (): Promise<void> => {
    const counts = await fillIndex(deps, { signal: stop.signal })
    log.info(counts, 'the search index was empty and is filled')
  }
  const fillWhereEmpty = async (): Promise<void> => {
    if (filling !== undefined || (await index.isFilled())) return
    filling = unlessAway(fill).finally(() => {
      filling = undefined
    })
  }

  return {
    /** Tells the index what changed, but for a while after it failed, and keeps nobody waiting. */
    wake: (): void => {
      if (now() < restsUntil || stop.signal.aborted) return
      feeding = unlessAway(feed).catch((error: unknown) => log.warn({ err: error }, 'the search index cannot be told of changes'))
    },
    /** Tells the index what changed; where there is none, begins to fill one, which goes on by itself. */
    keepUp: (): Promise<void> =>
      unlessAway(async () => {
        await fillWhereEmpty()
        await feed()
      }),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      stop.abort()
      await Promise.allSettled([feeding, filling])
    },
  }
}
