import { setTimeout as pause } from 'node:timers/promises'

export interface BackOffMs {
  readonly first: number
  readonly most: number
}

/** Pauses that double up to a ceiling, each spread over half of itself, so that many processes do not come back at the same moment. */
export interface BackOff {
  /** Ends early, without an error, on the signal. */
  wait(signal?: AbortSignal): Promise<void>
  /** After a success. */
  reset(): void
}

export function createBackOff({ first, most }: BackOffMs): BackOff {
  let nextMs = first
  return {
    wait: async (signal) => {
      const delayMs = nextMs * (0.5 + Math.random() / 2)
      nextMs = Math.min(nextMs * 2, most)
      await pause(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    },
    reset: () => {
      nextMs = first
    },
  }
}
