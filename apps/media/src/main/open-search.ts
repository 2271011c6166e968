import { createElasticSearch } from '../adapters/elastic-search/elastic-search.ts'
import { createIndexFollower, type FollowerDeps } from '../media/search/index-follower.ts'
import { restAfterFailure } from '../media/search/rest-after-failure.ts'
import type { SearchIndex } from '../media/search/search-index.ts'

export interface OpenedSearch extends ReturnType<typeof createIndexFollower> {
  readonly index: SearchIndex
  /** For searches: what to ask first. */
  readonly asked: Pick<SearchIndex, 'find'>
}

/** The index beside the database, where there is one. Nothing is connected before it is needed: one that is away keeps nobody from starting. */
export function openSearch(url: string | undefined, deps: Omit<FollowerDeps, 'index'>): OpenedSearch | undefined {
  if (url === undefined) return undefined
  const index = createElasticSearch(url)
  return { index, asked: { find: restAfterFailure(index.find, deps) }, ...createIndexFollower({ ...deps, index }) }
}
