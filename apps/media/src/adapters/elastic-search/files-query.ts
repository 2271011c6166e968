import { nameKey } from '../../media/entry-name.ts'
import type { IndexQuery } from '../../media/search/search-index.ts'

/** The newest first; no scores, no sums, nothing but ids. */
export const filesQuery = ({ tenantId, words, filter, beforeSeq, limit }: IndexQuery) => ({
  size: limit,
  sort: [{ seq: 'desc' }],
  search_after: [beforeSeq],
  track_total_hits: false,
  query: {
    bool: {
      filter: [
        { term: { tenantId } },
        ...words.map((word) => ({ prefix: { words: word } })),
        ...term('kind', filter.kind),
        ...term('folderId', filter.folderId ?? undefined),
        ...term('nameKey', filter.name === undefined ? undefined : nameKey(filter.name.normalize('NFC'))),
        ...term('tags', filter.tag),
        ...term('favourite', filter.favourite),
        ...range('size', { gte: filter.minSize, lte: filter.maxSize }),
        ...range('createdAt', { gte: filter.createdFrom, lt: filter.createdBefore }),
      ],
      ...(filter.folderId === null && { must_not: [{ exists: { field: 'folderId' } }] }),
    },
  },
})

const term = (field: string, value: string | boolean | undefined) => (value === undefined ? [] : [{ term: { [field]: value } }])

/** Undefined bounds are left out of the JSON. */
const range = (field: string, bounds: Readonly<Record<string, number | undefined>>) =>
  Object.values(bounds).every((bound) => bound === undefined) ? [] : [{ range: { [field]: bounds } }]
