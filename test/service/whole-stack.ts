import { test } from 'node:test'
import { openTestIndex } from '../../apps/media/src/media/testing/test-index.ts'
import { chooseGround, type Ground } from './ground.ts'
import { makeContainer } from './own-container.ts'
import { chooseStack, takeStack } from './stack.ts'

const redis = process.env['HOLDFAST_TEST_REDIS_URL']
const azure = process.env['HOLDFAST_TEST_AZURE_BLOB_URL']
const elasticsearch = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL']

/**
 * From here on houses of this process stand on a database, a broker and whatever else there is: Redis, Azure, Elasticsearch, each missing one
 * with a test that says so. False where there is no database or no broker.
 */
export function chooseWholeStack(): boolean {
  if (!chooseStack()) return false
  for (const [part, url] of Object.entries({ REDIS: redis, AZURE_BLOB: azure, ELASTICSEARCH: elasticsearch })) {
    if (url === undefined) test(`with ${part}`, { skip: `no HOLDFAST_TEST_${part}_URL` })
  }
  chooseGround(takeWholeStack)
  return true
}

async function takeWholeStack(): Promise<Ground> {
  await using opened = new AsyncDisposableStack()
  const stack = opened.use(await takeStack())
  const container = azure === undefined ? undefined : opened.use(await makeContainer(azure))
  const index = elasticsearch === undefined ? undefined : openTestIndex()
  if (index !== undefined) opened.defer(index.remove)
  const settings = {
    ...(redis !== undefined && { REDIS_URL: redis }),
    ...container?.settings,
    ...(index !== undefined && { SEARCH_URL: index.address }),
  }
  const owned = opened.move()
  return {
    nextSettings: () => ({ ...stack.nextSettings(), ...settings }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
