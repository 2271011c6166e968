import { STATUS_CODES } from 'node:http'
import { IdempotencyError } from '@holdfast/idempotency'
import { Failure, type FailureKind } from '../kernel/failure.ts'
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
  if (error instanceof IdempotencyError) {
    const { kind, code, message, retryAfterSeconds } = error
    return new Failure(kind, code, message, { cause: error, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) })
  }
  if (error instanceof Error && error.name === 'DatabaseUnavailable') {
    return new Failure('unavailable', 'database.unavailable', 'the database cannot be used now', { cause: error, retryAfterSeconds: 5 })
  }
  const translate = frameworkFailures[codeOf(error)]
  return translate?.(error) ?? new Failure('internal', 'internal', 'something went wrong here; the log tells more', { cause: error })
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

type Translate = (cause: unknown) => Failure
const translateTo =
  (...[kind, code, message]: [FailureKind, string, string]): Translate =>
  (cause) =>
    new Failure(kind, code, message, { cause })

const bodyMalformed = translateTo('invalid', 'request.body_malformed', 'the body is not well-formed JSON in UTF-8')
const unknownRoute = translateTo('not_found', 'route.unknown', 'there is no such route')

const frameworkFailures: Readonly<Record<string, Translate>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: bodyMalformed,
  FST_ERR_CTP_EMPTY_JSON_BODY: bodyMalformed,
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: translateTo(
    'invalid',
    'request.body_malformed',
    'the body has another length than its Content-Length',
  ),
  FST_ERR_CTP_BODY_TOO_LARGE: translateTo('too_large', 'request.body_too_large', 'the body is too large for this route'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: translateTo(
    'unsupported_type',
    'request.media_type_unsupported',
    'this route does not take this Content-Type',
  ),
  FST_ERR_BAD_URL: translateTo('invalid', 'request.url_malformed', 'the URL cannot be decoded'),
  FST_ERR_MAX_PARAM_LENGTH: unknownRoute,
  FST_ERR_NOT_FOUND: unknownRoute,
  // A path that leaves the folder of the documentation.
  FST_STATIC_FORBIDDEN_PATH: unknownRoute,
  // The answer's end of the connection was seen to close before the body's.
  ERR_STREAM_PREMATURE_CLOSE: translateTo('invalid', 'request.aborted', 'the connection closed before the body was complete'),
  'messenger.bad_cursor': translateTo('invalid', 'request.cursor_invalid', 'the cursor is not one that this list has given'),
}
