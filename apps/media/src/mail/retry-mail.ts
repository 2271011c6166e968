const shortestMs = 5_000
const longestMs = 5 * 60_000

/** As a mail server of one's own would: for two days. */
const maxAgeMs = 2 * 24 * 3_600_000

/**
 * When a mail that could not be sent is tried again: after as long as it has waited already, so ever less often. Undefined: never. All in
 * milliseconds since 1970.
 */
export function nextAttemptAt(createdAt: number, now: number): number | undefined {
  const ageMs = now - createdAt
  return ageMs >= maxAgeMs ? undefined : now + Math.min(longestMs, Math.max(shortestMs, ageMs))
}
