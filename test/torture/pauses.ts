import type { Tally } from './session.ts'

export interface Pauses extends Disposable {
  /** The longest time so far in which no operation ended. */
  readonly longestMs: number
}

const everyMs = 20

/** Watches until it is disposed. */
export function watchPauses(tally: Pick<Tally, 'operations'>): Pauses {
  let { operations } = tally
  let lastAt = performance.now()
  let longestMs = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - lastAt)
    if (tally.operations === operations) return
    operations = tally.operations
    lastAt = now
  }, everyMs)
  return {
    get longestMs() {
      return longestMs
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
