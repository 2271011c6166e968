import type { Strikes } from './fault.ts'

/** The longest time in which nothing got done, and after which fault that was. */
export interface Pauses extends Disposable {
  readonly longestMs: number
  readonly byFault: ReadonlyMap<string, number>
}

export interface Work {
  /** Only ever grows. */
  done(): number
  /** Where nobody has anything to do, nothing is missed. */
  isAsked(): boolean
}

const everyMs = 20

/** Watches until it is disposed. */
export function watchPauses({ done, isAsked }: Work, strikes: Strikes): Pauses {
  const byFault = new Map<string, number>()
  let before = done()
  let lastAt = performance.now()
  let fault = strikes.latest
  const timer = setInterval(() => {
    const now = performance.now()
    byFault.set(fault, Math.max(byFault.get(fault) ?? 0, now - lastAt))
    if (done() === before && isAsked()) return
    before = done()
    lastAt = now
    fault = strikes.latest
  }, everyMs)
  return {
    get longestMs() {
      return Math.max(0, ...byFault.values())
    },
    byFault,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}
