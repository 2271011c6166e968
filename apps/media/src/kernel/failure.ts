/** What the caller can do about it. Two tables read this: the HTTP status, and whether a message is worth a retry. */
export type FailureKind =
  | 'invalid' // mend the request
  | 'unauthenticated' // log in
  | 'forbidden' // ask for the right
  | 'not_found'
  | 'conflict' // look at the present state, then decide
  | 'gone' // it was there and will not come back
  | 'precondition_failed' // read again: it changed meanwhile
  | 'too_large'
  | 'unsupported_type'
  | 'unprocessable' // well-formed, but its content cannot be accepted
  | 'locked' // somebody else must release it first
  | 'rate_limited'
  | 'out_of_space' // free some, or ask for more
  | 'timed_out' // the sender was too slow
  | 'unavailable' // try again later
  | 'internal'

export interface FailureOptions extends ErrorOptions {
  /** Members for the problem details beside the standard ones. Never a secret, never another tenant's data. */
  readonly extra?: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds?: number
}

/** An outcome that the caller is told about: a stable `code` for programs, a message for people. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  readonly code: string
  readonly extra: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined

  constructor(kind: FailureKind, code: string, message: string, options: FailureOptions = {}) {
    super(message, options)
    this.kind = kind
    this.code = code
    this.extra = options.extra ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
