/** Thrown by a handler: no further attempt would help. The message goes to the failed store at once. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp'
}

/** Thrown by a handler: try again after this delay instead of the ladder's. Counts as an attempt. */
export class RetryAfter extends Error {
  override readonly name = 'RetryAfter'
  readonly delayMs: number

  constructor(delayMs: number, message = `try again after ${delayMs} ms`, options?: ErrorOptions) {
    super(message, options)
    if (!Number.isFinite(delayMs)) throw new RangeError('RetryAfter wants a number of milliseconds')
    this.delayMs = delayMs
  }
}

/**
 * Thrown by a handler: the message came early. It goes back into the schedule and this delivery counts as no attempt.
 * `dueAt` is in milliseconds since 1970; one that is past becomes a short delay, so that nothing turns in circles at full speed.
 */
export class PutBack extends Error {
  override readonly name = 'PutBack'
  readonly dueAt: number

  constructor(dueAt: number, message = `came early, due at ${dueAt}`, options?: ErrorOptions) {
    super(message, options)
    if (!Number.isFinite(dueAt)) throw new RangeError('PutBack wants an instant in milliseconds')
    this.dueAt = dueAt
  }
}

export interface RetryPolicy {
  /** Deliveries in all, the first included. */
  readonly maxAttempts: number
  /** Before the second attempt. */
  readonly delayMs: number
  /** Each further delay is this many times the one before. */
  readonly multiplier: number
  readonly maxDelayMs: number
  /** 0 to 1: delays are spread evenly over ±this part of themselves, so that what failed together does not come back together. */
  readonly jitter: number
}

export const defaultRetry: RetryPolicy = { maxAttempts: 10, delayMs: 1_000, multiplier: 2, maxDelayMs: 600_000, jitter: 0.2 }

/** What becomes of a delivery that ended in an error. */
export type Verdict =
  | { readonly is: 'retry'; readonly dueAt: number }
  | { readonly is: 'put-back'; readonly dueAt: number }
  | { readonly is: 'fail' }

export interface Failure {
  readonly error: unknown
  readonly attempt: number
  readonly now: number
  /** 0 to 1, as Math.random gives. */
  readonly random: number
}

export function judge(policy: RetryPolicy, { error, attempt, now, random }: Failure): Verdict {
  if (error instanceof PutBack) return { is: 'put-back', dueAt: Math.round(Math.max(error.dueAt, now + policy.delayMs)) }
  if (error instanceof GiveUp || attempt >= policy.maxAttempts) return { is: 'fail' }
  const delayMs = error instanceof RetryAfter ? Math.max(0, error.delayMs) : ladderDelayMs(policy, attempt, random)
  return { is: 'retry', dueAt: Math.round(now + delayMs) }
}

function ladderDelayMs({ delayMs, multiplier, maxDelayMs, jitter }: RetryPolicy, attempt: number, random: number): number {
  const step = Math.min(delayMs * multiplier ** (attempt - 1), maxDelayMs)
  return Math.min(step * (1 + jitter * (2 * random - 1)), maxDelayMs)
}
