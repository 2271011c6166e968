import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    correlationId: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457. `code` is stable: /errors/{code} tells what it means. Some have members of their own beside these.',
  })

/** As the OpenAPI plugin takes it: with its media types, or a bare schema where there is no body. */
type Answer = z.ZodNull | { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>> }

/** An answer without a body. */
export const noContent = z.null()

/** What a route answers, by status: its own answers in JSON, and problems for the other statuses. */
export function answers(own: Readonly<Record<number, z.ZodType>>, ...problems: readonly number[]): Record<number, Answer> {
  const failures = problems.map((status) => [status, answerOf(status, 'application/problem+json', problemSchema)] as const)
  const successes = Object.entries(own).map(
    ([status, body]) => [Number(status), answerOf(Number(status), 'application/json', body)] as const,
  )
  return Object.fromEntries([...failures, ...successes])
}

const binary = z.any().meta({ type: 'string', format: 'binary' })

/** The bytes of a file, as its own type. */
export const binaryAnswer = (status: number): Answer => answerOf(status, '*/*', binary)

/** A picture in any format. */
export const imageAnswer: Answer = answerOf(200, 'image/*', binary)

/** A page for people. */
export const htmlAnswer: Answer = answerOf(200, 'text/html', z.string())

/** An answer without an end. */
export const eventStreamAnswer: Answer = answerOf(200, 'text/event-stream', z.string())

export const textAnswer: Answer = answerOf(200, 'text/plain', z.string())

function answerOf(status: number, mediaType: string, schema: z.ZodType): Answer {
  const description = STATUS_CODES[status] ?? String(status)
  return schema === noContent ? z.null().describe(description) : { description, content: { [mediaType]: { schema } } }
}

/** What any route below /v1 may answer. */
export const anywhere = [400, 401, 403, 429, 500, 503] as const
/** What any route that writes may answer beside that: to a body, and to an Idempotency-Key. */
export const onWrite = [...anywhere, 408, 409, 412, 413, 415, 422] as const

/** For the description of a route that changes the account of who asks. */
export const byKeyThatWrites = 'By an API key it needs the right to write; whoever is logged in needs none.'
