import { randomUUID } from 'node:crypto'
import test from 'node:test'
import { createElasticSearch } from '../../adapters/elastic-search/elastic-search.ts'
import { createIndexFollower, type FollowerDeps } from '../search/index-follower.ts'
import type { SearchIndex } from '../search/search-index.ts'

let url = process.env['HOLDFAST_TEST_ELASTICSEARCH_URL']
let isChosen = false

/** From now on the rooms of this file have an index of Elasticsearch beside their database. False, and a skipped test, where there is none. */
export function chooseElasticsearch(): boolean {
  if (url === undefined) test('on Elasticsearch', { skip: 'no HOLDFAST_TEST_ELASTICSEARCH_URL' })
  isChosen = url !== undefined
  return isChosen
}

/** The same, on this node. */
export function chooseNode(address: string): void {
  url = address
  isChosen = true
}

/** Names of its own on the server, gone with `remove`. */
export function openTestIndex() {
  const prefix = `test-${randomUUID()}`
  const address = `${url}/${prefix}`
  // That a busy machine lets it answer late is no fault of whoever tries something else.
  const index = createElasticSearch(address, { findMs: 60_000, askMs: 60_000 })
  const remove = async (): Promise<void> => {
    await index.setup()
    await (await index.beginFilling()).finish()
    const names = [
      `_index_template/${prefix}-files`,
      ...['settings', 'mappings'].map((part) => `_component_template/${prefix}-files-${part}`),
    ]
    const aliases: unknown = await (await fetch(`${url}/_alias/${prefix}-files-*`)).json()
    for (const name of [...Object.keys(Object(aliases)), ...names]) await fetch(`${url}/${name}`, { method: 'DELETE' })
  }
  /** What was written is found. */
  const refresh = async (): Promise<void> => void (await fetch(`${url}/${prefix}-files-read/_refresh`, { method: 'POST' }))
  return { address, index, remove, refresh }
}

/** For a room: what it asks is answered by an index that is filled, and has been told all. */
export function openFollowedIndex(deps: Omit<FollowerDeps, 'index' | 'log'>) {
  if (!isChosen) return undefined
  const { index, remove } = openTestIndex()
  const silent = { info: () => undefined, warn: () => undefined }
  const follower = createIndexFollower({ ...deps, index, log: silent })
  const find: SearchIndex['find'] = async (query) => {
    while (!(await index.isFilled())) await follower.keepUp()
    await follower.keepUp()
    return index.find(query)
  }
  const close = async (): Promise<void> => {
    await follower[Symbol.asyncDispose]()
    await remove()
  }
  return { index: { ...index, find }, wake: follower.wake, close }
}
