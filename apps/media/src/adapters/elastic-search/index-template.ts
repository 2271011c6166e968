/** Seven characters of a word stand for its tenant: these are the beginnings of one to five letters. Longer ones begin few words. */
const prefixes = { min_chars: 8, max_chars: 12 }

/** What an index is made of: files without what they hold (`_source`), in the order in which they are asked for. */
export const settings = {
  template: {
    settings: {
      number_of_shards: 1,
      auto_expand_replicas: '0-1',
      refresh_interval: '500ms',
      'sort.field': 'seq',
      'sort.order': 'desc',
    },
  },
}

export const mappings = {
  template: {
    mappings: {
      dynamic: 'strict',
      _source: { enabled: false },
      properties: {
        tenantId: { type: 'keyword', doc_values: false },
        seq: { type: 'long' },
        words: { type: 'text', analyzer: 'whitespace', index_options: 'docs', norms: false, index_prefixes: prefixes },
        kind: { type: 'keyword', doc_values: false },
        folderId: { type: 'keyword', doc_values: false },
        nameKey: { type: 'keyword', doc_values: false },
        tags: { type: 'keyword', doc_values: false },
        favourite: { type: 'boolean', doc_values: false },
        size: { type: 'long', doc_values: false },
        createdAt: { type: 'long', doc_values: false },
      },
    },
  },
}

/** No index comes to be by a write to it: one that was cleared away stays away. */
export const templateOf = (prefix: string) => ({
  index_patterns: [`${prefix}-files-*`],
  composed_of: [`${prefix}-files-settings`, `${prefix}-files-mappings`],
  priority: 500,
  allow_auto_create: false,
})
