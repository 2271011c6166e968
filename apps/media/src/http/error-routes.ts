import { z } from 'zod'
import { Failure } from '../kernel/failure.ts'
import type { App } from './app.ts'
import { describeCode } from './codes.ts'
import { answers } from './document.ts'

const codeSchema = z.strictObject({ code: z.string(), status: z.int(), title: z.string(), remedy: z.string() })

/** Where the `type` of a problem leads. */
export function errorRoutes(app: App): void {
  app.get(
    '/errors/:code',
    {
      schema: {
        tags: ['errors'],
        summary: 'What a code means, and what to do',
        params: z.strictObject({ code: z.string() }),
        response: answers({ 200: codeSchema }, 404),
      },
    },
    async ({ params: { code } }) => {
      const known = describeCode(code)
      if (known === undefined) throw new Failure('not_found', 'route.unknown', 'there is no such code')
      return { code, status: known.status, title: known.title, remedy: known.remedy }
    },
  )
}
