import { openTestIndex } from '../../apps/media/src/media/testing/test-index.ts'
import { type HttpFault, startHttpProxy } from '../../test/faults/http-proxy.ts'
import type { OptionalPart, PartFault } from './optional-part.ts'

/** On the Elasticsearch of `HOLDFAST_TEST_ELASTICSEARCH_URL`, which others may use too: what is harmed is the way there. */
export async function startFaultyIndex(): Promise<OptionalPart> {
  const { address, remove } = openTestIndex()
  const proxy = await startHttpProxy(address)
  const spoil = (fault: HttpFault): PartFault => ({ begin: () => proxy.spoil(() => fault), end: () => proxy.spoil(() => undefined) })
  return {
    name: 'search',
    calls: ['find'],
    settings: { SEARCH_URL: proxy.url },
    faults: {
      'cut off': spoil({ kind: 'reset' }),
      stalled: spoil({ kind: 'stall' }),
      'refusing with 503': spoil({ kind: 'status', status: 503 }),
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]()
      await remove()
    },
  }
}
