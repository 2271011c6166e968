import { type ObserveCall, watchCalls } from '../../kernel/part-call.ts'
import type { Filling, SearchIndex } from './search-index.ts'

/** Tells of each call: `find`, `put`, `look` for what only asks how it stands, `fill` for what makes it anew. */
export function watchIndex(index: SearchIndex, observe: ObserveCall): SearchIndex {
  const watch = watchCalls(observe, () => true)
  const watchFilling = (filling: Filling): Filling => ({
    put: (files) => watch('fill', () => filling.put(files)),
    finish: () => watch('fill', () => filling.finish()),
    abandon: () => watch('fill', () => filling.abandon()),
  })
  return {
    find: (query) => watch('find', () => index.find(query)),
    put: (files) => watch('put', () => index.put(files)),
    isFilled: () => watch('look', () => index.isFilled()),
    revisionsOf: (ids) => watch('look', () => index.revisionsOf(ids)),
    count: () => watch('look', () => index.count()),
    setup: () => watch('fill', () => index.setup()),
    beginFilling: async () => watchFilling(await watch('fill', () => index.beginFilling())),
  }
}
