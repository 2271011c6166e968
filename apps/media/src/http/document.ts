import { STATUS_CODES } from 'node:http'
import { z } from 'zod'

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    correlationId: z.string(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is stable: /errors/{code} tells what it means.' })

interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema: z.ZodType }>>
}

const nothing: unique symbol = Symbol('an answer without a body')
type Body = z.ZodType | typeof nothing
export const noContent: typeof nothing = nothing

/** What a route answers, by status: its own answers, and problems for the other statuses. */
export function answers(own: Readonly<Record<number, Body>>, ...problems: readonly number[]): Record<number, Answer> {
  const failures = problems.map((status) => [status, answer(status, 'application/problem+json', problemSchema)] as const)
  const successes = Object.entries(own).map(([status, body]) => [Number(status), answer(Number(status), 'application/json', body)] as const)
  return Object.fromEntries([...failures, ...successes])
}

export function binaryAnswer(status: number): Answer {
  return answer(status, 'application/octet-stream', z.any().meta({ override: { type: 'string', format: 'binary' } }))
}

function answer(status: number, mediaType: string, body: Body): Answer {
  const description = STATUS_CODES[status] ?? String(status)
  return body === nothing ? { description } : { description, content: { [mediaType]: { schema: body } } }
}

/** What any route below /v1 may answer. */
export const anywhere = [401, 403, 429, 500, 503] as const
/** What any route that writes may answer beside that: to a body, and to an Idempotency-Key. */
export const onWrite = [...anywhere, 400, 408, 409, 413, 415, 422] as const
