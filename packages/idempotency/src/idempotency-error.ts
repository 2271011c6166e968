const errors = {
  'idempotency.key_missing': { kind: 'invalid', status: 400, message: 'this request needs an Idempotency-Key header' },
  'idempotency.key_malformed': {
    kind: 'invalid',
    status: 400,
    message: 'the Idempotency-Key header must hold one key of 1 to 255 visible ASCII characters, bare or as a quoted string',
  },
  'idempotency.key_reused': { kind: 'unprocessable', status: 422, message: 'this Idempotency-Key was used with another request' },
  'idempotency.in_progress': { kind: 'conflict', status: 409, message: 'a request with this Idempotency-Key is in progress' },
  'idempotency.store_unavailable': {
    kind: 'unavailable',
    status: 503,
    message: 'the store of idempotency keys is unavailable: nothing was done',
  },
} as const

export type IdempotencyErrorCode = keyof typeof errors

/** Why a request with a key was not run. None of these touches the record. */
export class IdempotencyError extends Error {
  override readonly name = 'IdempotencyError'
  readonly code: IdempotencyErrorCode
  readonly kind: (typeof errors)[IdempotencyErrorCode]['kind']
  /** The HTTP status to answer with. */
  readonly status: (typeof errors)[IdempotencyErrorCode]['status']
  /** For the `Retry-After` header, where trying again can help. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: IdempotencyErrorCode, options?: ErrorOptions) {
    super(errors[code].message, options)
    this.code = code
    this.kind = errors[code].kind
    this.status = errors[code].status
    this.retryAfterSeconds = this.status === 409 || this.status === 503 ? 1 : undefined
  }
}
