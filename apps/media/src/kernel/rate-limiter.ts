/** So many requests in a window. What is not used is saved up to a whole quota, and comes back evenly, not all at once. */
export interface RateLimit {
  /** As callers are told of it: letters only. */
  readonly name: string
  readonly quota: number
  readonly windowSeconds: number
}

export interface Allowance {
  readonly isAllowed: boolean
  /** Of the quota, after this request. */
  readonly remaining: number
  /** Until one more is there. */
  readonly moreInMs: number
}

/** Counts requests. One that is refused takes nothing. Rejects where the count cannot be reached. */
export interface RateLimiter {
  take(limit: RateLimit, key: string): Promise<Allowance>
}

/** Between two requests of an even pace, in whole microseconds. */
export const intervalUsOf = ({ quota, windowSeconds }: RateLimit): number => Math.floor((windowSeconds * 1_000_000) / quota)

/** `roomUs`: how much of the window is left, after this request where it was allowed. */
export function allowanceOf(limit: RateLimit, isAllowed: boolean, roomUs: number): Allowance {
  const intervalUs = intervalUsOf(limit)
  const remaining = Math.min(Math.floor(roomUs / intervalUs), limit.quota)
  return { isAllowed, remaining, moreInMs: Math.ceil(((remaining + 1) * intervalUs - roomUs) / 1000) }
}
