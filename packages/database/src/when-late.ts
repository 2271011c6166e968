const ticks = 8

/**
 * Calls `late` when this process has waited for so long. Where it was held up meanwhile, what has come is heard before anybody is called late: a tick is
 * one, however late it comes. Answers how to wait no longer.
 */
export function whenLate(patienceMs: number, late: () => void): () => void {
  let left = ticks
  const timer = setInterval(() => {
    left -= 1
    if (left > 0) return
    clearInterval(timer)
    late()
  }, patienceMs / ticks)
  return () => clearInterval(timer)
}
