import type { ObserveCall } from '../../kernel/part-call.ts'
import type { SearchIndex } from './search-index.ts'

export interface RestDeps {
  readonly now: () => number
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
  /** Told of each search that the index is not asked for. */
  readonly observe: ObserveCall
  readonly observeRest: (isResting: boolean) => void
}

const restMs = 5_000

/** An index that fails is not asked again for a while, and has nothing to say meanwhile: whoever asks finds without it. */
export function restAfterFailure(find: SearchIndex['find'], { now, log, observe, observeRest }: RestDeps): SearchIndex['find'] {
  let restsUntil = 0
  observeRest(false)
  return async (query) => {
    if (now() < restsUntil) {
      observe({ call: 'find', outcome: 'skipped', durationMs: 0 })
      return undefined
    }
    try {
      const found = await find(query)
      if (restsUntil > 0) log.info({}, 'the search index answers again')
      restsUntil = 0
      observeRest(false)
      return found
    } catch (error) {
      restsUntil = now() + restMs
      observeRest(true)
      log.warn({ err: error }, 'the search index does not answer: the database does')
      return undefined
    }
  }
}
