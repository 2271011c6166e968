/** Wakes a loop that waits. A ring while nobody waits is remembered; several are one. */
export interface Bell {
  ring(): void
  /** Until the next ring, and no longer than `maxMs`. */
  wait(maxMs: number): Promise<void>
}

export function createBell(): Bell {
  let rung = false
  let answer: (() => void) | undefined
  return {
    ring: () => {
      rung = true
      answer?.()
    },
    wait: async (maxMs) => {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, maxMs)
          answer = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      answer = undefined
      rung = false
    },
  }
}
