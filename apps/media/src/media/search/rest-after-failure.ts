import type { SearchIndex } from './search-index.ts'

export interface RestDeps {
  readonly now: () => number
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
}

const restMs = 5_000

/** An index that fails is not asked again for a while, and has nothing to say meanwhile: whoever asks finds without it. */
export function restAfterFailure(find: SearchIndex['find'], { now, log }: RestDeps): SearchIndex['find'] {
  let restsUntil = 0
  return async (query) => {
    if (now() < restsUntil) return undefined
    try {
      const found = await find(query)
      if (restsUntil > 0) log.info({}, 'the search index answers again')
      restsUntil = 0
      return found
    } catch (error) {
      restsUntil = now() + restMs
      log.warn({ err: error }, 'the search index does not answer: the database does')
      return undefined
    }
  }
}
