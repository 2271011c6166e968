import type { ObserveCall, PartCall } from './part-call.ts'

export interface WatchDeps {
  readonly now: () => number
  readonly log: { warn(detail: object, message: string): void; info(detail: object, message: string): void }
  readonly observe: ObserveCall
}

export interface WatchedPart {
  /** Throws what the last call threw, without one, where the part was found away a moment ago. */
  use(call: string, work: () => Promise<void>): Promise<void>
  /** Does not ask where it is known already. */
  check(work: () => Promise<void>): Promise<void>
  isAway(): boolean
}

export interface WatchOptions {
  readonly awayWords: string
  readonly backWords: string
  /** After a part was found away, nobody else waits for it for this long. */
  readonly restMs: number
}

/** A part that was found there need not be asked again for a while: a fraction of what an operator may wait to hear that it went. */
const trustMs = 5_000

/** Leaves a part of the house that is away alone for a while, remembers that it is there, and tells of each call. */
export function watchPart(
  { now, log, observe }: WatchDeps,
  /** Whether an error says that the part is away; undefined where it says nothing of that. */
  saysAway: (error: unknown) => boolean | undefined,
  { awayWords, backWords, restMs }: WatchOptions,
): WatchedPart {
  let away: Error | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<void> | undefined

  const note = (found: Error | undefined) => {
    if (found !== undefined && away === undefined) log.warn({ err: found }, awayWords)
    if (found === undefined && away !== undefined) log.info({}, backWords)
    away = found
    askedAt = now()
  }
  const watch = async (call: string, work: () => Promise<void>): Promise<void> => {
    const startedAt = performance.now()
    const tell = (outcome: PartCall['outcome']) => observe({ call, outcome, durationMs: performance.now() - startedAt })
    try {
      await work()
      note(undefined)
      tell('done')
    } catch (error) {
      const isAway = saysAway(error)
      if (isAway !== undefined) note(isAway && error instanceof Error ? error : undefined)
      tell('failed')
      throw error
    }
  }
  return {
    isAway: () => away !== undefined,
    use: async (call, work) => {
      if (away !== undefined && now() - askedAt < restMs) {
        observe({ call, outcome: 'skipped', durationMs: 0 })
        throw away
      }
      // Of those who come to a part that was away, one tries it.
      if (away !== undefined) askedAt = now()
      return watch(call, work)
    },
    check: async (work) => {
      if (away === undefined && now() - askedAt < trustMs) return
      checking ??= watch('check', work).finally(() => {
        checking = undefined
      })
      await checking
    },
  }
}
