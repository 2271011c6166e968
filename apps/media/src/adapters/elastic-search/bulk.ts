import { z } from 'zod'
import type { Indexed } from '../../media/search/search-index.ts'
import { type ElasticClient, unavailable } from './client.ts'

/** Characters of one request. */
const maxCharacters = 4 * 2 ** 20

const item = z.object({ index: z.object({ _id: z.string(), status: z.number() }) })
const bulkAnswer = z.object({ items: z.array(item) })

/** Answers the ids that were refused for what they hold. `refresh`: whether to wait until what was written is found. */
export async function putInBulk(
  client: ElasticClient,
  indices: readonly string[],
  files: readonly Indexed[],
  refresh: 'wait_for' | 'false',
): Promise<string[]> {
  const refused = new Set<string>()
  for (const lines of requestsOf(indices, files)) {
    const answer = await client.request('POST', `/_bulk?refresh=${refresh}`, { lines })
    for (const { index } of parse(answer.body).items) {
      // An index that was cleared away meanwhile; a later revision that was there first; what it could not take just now.
      if (index.status < 300 || index.status === 404 || index.status === 409) continue
      if (index.status === 429 || index.status >= 500) throw unavailable(`it answered ${index.status} to a file`)
      refused.add(index._id)
    }
  }
  return [...refused]
}

function parse(body: unknown) {
  const parsed = bulkAnswer.safeParse(body)
  if (!parsed.success) throw unavailable('it refused a bulk', parsed.error)
  return parsed.data
}

function* requestsOf(indices: readonly string[], files: readonly Indexed[]): Generator<string> {
  let lines = ''
  for (const file of files) {
    for (const index of indices) lines += `${JSON.stringify(actionOf(index, file))}\n${JSON.stringify(documentOf(file))}\n`
    if (lines.length < maxCharacters) continue
    yield lines
    lines = ''
  }
  if (lines !== '') yield lines
}

/** By the revision: an older one never takes the place of a newer one. */
const actionOf = (index: string, { id, revision }: Indexed) => ({
  index: { _index: index, _id: id, version: revision, version_type: 'external' },
})

/** Nothing is left of a file that was forgotten but its id, which lets nothing late in. */
function documentOf(file: Indexed): object {
  if (!('seq' in file)) return {}
  const { id: _, revision: __, folderId, ...rest } = file
  return { ...rest, ...(folderId !== null && { folderId }) }
}
