import { STATUS_CODES } from 'node:http'
import { Failure } from '../kernel/failure.ts'
import { describeCode, statusOfKind } from './codes.ts'

/** Problem details (RFC 9457). `type` is the page that tells what the code means. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly correlationId: string
}

export const problemType = 'application/problem+json; charset=utf-8'

export function toProblem(failure: Failure, correlationId: string): Problem {
  const known = describeCode(failure.code)
  const status = known?.status ?? statusOfKind[failure.kind]
  return {
    ...failure.extra,
    type: `/errors/${failure.code}`,
    title: known?.title ?? STATUS_CODES[status] ?? 'Error',
    status,
    detail: failure.message,
    code: failure.code,
    correlationId,
  }
}

/** What the framework and the libraries throw, in our words. Anything unforeseen is `internal`, and says nothing of itself. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const cause = { cause: error }
  if (error instanceof Error && error.name === 'DatabaseUnavailable') {
    return new Failure('unavailable', 'database.unavailable', 'the database cannot be used now', { ...cause, retryAfterSeconds: 5 })
  }
  const fromFramework = frameworkFailures[codeOf(error)]
  return fromFramework?.(cause) ?? new Failure('internal', 'internal', 'something went wrong here; the log tells more', cause)
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

type Translate = (options: ErrorOptions) => Failure

const bodyMalformed: Translate = (options) => new Failure('invalid', 'request.body_malformed', 'the body is not well-formed JSON', options)
const bodyTooLarge: Translate = (options) =>
  new Failure('too_large', 'request.body_too_large', 'the body is too large for this route', options)
const unsupported: Translate = (options) =>
  new Failure('unsupported_type', 'request.media_type_unsupported', 'this route does not take this Content-Type', options)
const urlMalformed: Translate = (options) => new Failure('invalid', 'request.url_malformed', 'the URL cannot be decoded', options)
const unknownRoute: Translate = (options) => new Failure('not_found', 'route.unknown', 'there is no such route', options)

const frameworkFailures: Readonly<Record<string, Translate>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: bodyMalformed,
  FST_ERR_CTP_EMPTY_JSON_BODY: bodyMalformed,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: bodyMalformed,
  FST_ERR_CTP_BODY_TOO_LARGE: bodyTooLarge,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: unsupported,
  FST_ERR_BAD_URL: urlMalformed,
  FST_ERR_MAX_PARAM_LENGTH: unknownRoute,
  FST_ERR_NOT_FOUND: unknownRoute,
}
