import { createElasticSearch } from '../adapters/elastic-search/elastic-search.ts'
import type { Metrics } from '../http/metrics.ts'
import { createIndexFollower, type FollowerDeps } from '../media/search/index-follower.ts'
import { restAfterFailure } from '../media/search/rest-after-failure.ts'
import type { SearchIndex } from '../media/search/search-index.ts'
import { watchIndex } from '../media/search/watched-index.ts'

export interface OpenedSearch extends ReturnType<typeof createIndexFollower> {
  readonly index: SearchIndex
  /** For searches: what to ask first. */
  readonly asked: Pick<SearchIndex, 'find'>
}

interface SearchDeps extends Omit<FollowerDeps, 'index'> {
  readonly metrics: Pick<Metrics, 'callsOf' | 'observeCircuit'>
}

/** The index beside the database, where there is one. Nothing is connected before it is needed: one that is away keeps nobody from starting. */
export function openSearch(url: string | undefined, { metrics, ...deps }: SearchDeps): OpenedSearch | undefined {
  if (url === undefined) return undefined
  const observe = metrics.callsOf('search')
  const index = watchIndex(createElasticSearch(url), observe)
  const observeRest = (isResting: boolean) => metrics.observeCircuit('search', isResting)
  return {
    index,
    asked: { find: restAfterFailure(index.find, { ...deps, observe, observeRest }) },
    ...createIndexFollower({ ...deps, index }),
  }
}
