import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { Failure } from '../kernel/failure.ts'

/** Parses a part of a request. What is wrong is told by path and reason, never by value: it may be a password. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const parsed = schema.safeParse(data ?? undefined)
    return parsed.success ? { value: parsed.data } : { error: invalid(parsed.error.issues.map((issue) => describe(httpPart, issue))) }
  }

/** For what no schema can tell. `path` begins with the part of the request, as `querystring.name`. */
export const invalidPart = (path: string, message: string): Failure => invalid([{ path, message }])

interface Invalid {
  readonly path: string
  readonly message: string
}

const describe = (httpPart: string | undefined, { path, message }: z.core.$ZodIssue): Invalid => ({
  path: [httpPart ?? 'request', ...path].join('.'),
  message,
})

function invalid(errors: readonly Invalid[]): Failure {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new Failure('invalid', 'request.invalid', detail, { extra: { errors } })
}
