import { setInterval } from 'node:timers/promises'

export interface Lease {
  /** Aborted when a renewal was refused: somebody else has the claim. */
  readonly signal: AbortSignal
  end(): void
}

/** Calls `renew` every `everyMs` until the lease ends or is lost. A renewal that fails is tried again at the next beat. */
export function keepLease(everyMs: number, renew: () => Promise<boolean>, onError: (error: unknown) => void, lost: () => Error): Lease {
  const ended = new AbortController()
  const gone = new AbortController()
  const beat = async (): Promise<void> => {
    for await (const _ of setInterval(everyMs, undefined, { signal: ended.signal })) {
      const renewed = await renew().catch((error: unknown) => {
        onError(error)
        return true
      })
      if (renewed || ended.signal.aborted) continue
      gone.abort(lost())
      return
    }
  }
  beat().catch((error: unknown) => {
    if (!ended.signal.aborted) onError(error)
  })
  return { signal: gone.signal, end: () => ended.abort() }
}
