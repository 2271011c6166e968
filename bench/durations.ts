/** What a share of the durations stays within: `percentile(all, 0.99)` is the p99. */
export function percentile(durationsMs: readonly number[], share: number): number {
  const sorted = durationsMs.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Prints a goal with what was reached. Exit 1 at the end where one is missed. */
export function tellGoal(what: string, value: number, unit: string, { atMost, atLeast }: { atMost?: number; atLeast?: number }): void {
  const isReached = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY)
  const goal = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`
  console.log(`${isReached ? '✓' : '✗'} ${what}: ${value.toFixed(2)} ${unit}, goal ${goal}`)
  if (!isReached) process.exitCode = 1
}
