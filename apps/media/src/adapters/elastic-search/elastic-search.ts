import { z } from 'zod'
import type { Filling, SearchIndex } from '../../media/search/search-index.ts'
import { putInBulk } from './bulk.ts'
import { type Answer, createElasticClient, unavailable } from './client.ts'
import { filesQuery } from './files-query.ts'
import { mappings, settings, templateOf } from './index-template.ts'

const hits = z.object({ hits: z.object({ hits: z.array(z.object({ _id: z.string(), sort: z.tuple([z.number()]) })) }) })
const found = z.object({ docs: z.array(z.object({ _id: z.string(), found: z.boolean().default(false), _version: z.number().optional() })) })
const refusal = z.object({ error: z.object({ reason: z.string() }) })
const aliases = z.record(z.string(), z.unknown())
const counted = z.object({ count: z.number() })

/**
 * An index of Elasticsearch 9 behind two aliases: `…-read` is searched, `…-write` is every index that is fed, one more while one is filled.
 * `findMs`: how long a search is waited for; `askMs`: anything else.
 */
export function createElasticSearch(address: string, { findMs = 2_000, askMs = 10_000 } = {}): SearchIndex {
  const client = createElasticClient(address, askMs)
  const { prefix } = client
  const [read, write] = [`${prefix}-files-read`, `${prefix}-files-write`]

  const demand = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    demandSuccess(await client.request(method, path, { body }), `${method} ${path}`)
  const indicesBehind = async (alias: string): Promise<string[]> => {
    const answer = await client.request('GET', `/_alias/${alias}`)
    return answer.status === 404 ? [] : Object.keys(aliases.parse(demandSuccess(answer, 'the aliases')))
  }
  const change = (actions: readonly object[]) => demand('POST', '/_aliases', { actions })

  const beginFilling = async (): Promise<Filling> => {
    const name = `${prefix}-files-${Date.now()}`
    await demand('PUT', `/${name}`, { aliases: { [write]: {} } })
    return {
      put: (files) => putInBulk(client, [name], files, 'false'),
      finish: async () => {
        await demand('POST', `/${name}/_refresh`)
        const before = (await indicesBehind(write)).filter((index) => index !== name)
        await change([{ add: { index: name, alias: read } }, ...before.map((index) => ({ remove_index: { index } }))])
      },
      abandon: async () => void (await demand('DELETE', `/${name}`)),
    }
  }

  return {
    async find(query) {
      const answer = await client.request('POST', `/${read}/_search`, { body: filesQuery(query), timeoutMs: findMs })
      if (answer.status === 404) return undefined
      const body = hits.parse(demandSuccess(answer, 'a search'))
      return body.hits.hits.map(({ _id, sort: [seq] }) => ({ fileId: _id, seq }))
    },
    async put(files) {
      const indices = await indicesBehind(write)
      return indices.length === 0 ? [] : putInBulk(client, indices, files, 'wait_for')
    },
    async setup() {
      await demand('PUT', `/_component_template/${prefix}-files-settings`, settings)
      await demand('PUT', `/_component_template/${prefix}-files-mappings`, mappings)
      await demand('PUT', `/_index_template/${prefix}-files`, templateOf(prefix))
    },
    isFilled: async () => (await indicesBehind(read)).length > 0,
    beginFilling,
    async revisionsOf(ids) {
      const body = found.parse(await demand('POST', `/${read}/_mget`, { ids }))
      return new Map(body.docs.flatMap(({ _id, _version }) => (_version === undefined ? [] : [[_id, _version]])))
    },
    count: async () => counted.parse(await demand('POST', `/${read}/_count`, { query: { exists: { field: 'seq' } } })).count,
  }
}

function demandSuccess({ status, body }: Answer, what: string): unknown {
  if (status < 300) return body
  throw unavailable(`it answered ${status} to ${what}: ${reasonOf(body)}`)
}

const reasonOf = (body: unknown): string => refusal.safeParse(body).data?.error.reason ?? 'without a reason'
