import { z } from 'zod'
import { type FoundFile, type SearchDeps, searchFiles } from '../media/search/search-files.ts'
import type { App } from './app.ts'
import { answers, anywhere } from './document.ts'
import { filterQuery, toFilter } from './file-filter.ts'
import { fileSchema, fileView, pageView } from './views.ts'
import { instant, pageOf, pageQuery, toInstant } from './wire.ts'

const searchQuery = z.strictObject({
  ...pageQuery,
  ...filterQuery,
  q: z
    .string()
    .min(1)
    .max(200)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'holds a control character or half of a surrogate pair')
    .describe('Words, 16 at most: each has to begin a word of the name, the tags or the text, case and accents aside.'),
})

const offset = z.int().min(0)

const highlightSchema = z
  .strictObject({
    field: z.enum(['name', 'tag', 'text']),
    text: z.string(),
    ranges: z.array(z.strictObject({ start: offset, end: offset })).describe('In UTF-16 units of `text`; `end` is excluded.'),
  })
  .meta({ id: 'Highlight' })

const foundFileSchema = z.strictObject({ ...fileSchema.shape, highlights: z.array(highlightSchema) }).meta({ id: 'FoundFile' })

const resultSchema = z.strictObject({
  ...pageOf(foundFileSchema).shape,
  asOf: instant.describe('What was there before this instant is found by all it holds.'),
})

export function searchRoutes(app: App, deps: SearchDeps): void {
  app.get(
    '/v1/search',
    {
      schema: {
        tags: ['search'],
        summary: 'Search files',
        querystring: searchQuery,
        response: answers({ 200: resultSchema }, ...anywhere),
      },
    },
    async ({ principal, query: { q, limit, cursor, ...filter } }) => {
      const result = await searchFiles(deps, principal, q, toFilter(filter), { limit, cursor })
      return { ...pageView(result, foundView), asOf: toInstant(result.asOf) }
    },
  )
}

const foundView = ({ file, highlights }: FoundFile) => ({ ...fileView(file), highlights })
