import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from '../kernel/failure.ts'
import { demandHouseStore } from '../media/house-store.ts'
import type { Holdfast } from './app.ts'

type Deps = Pick<Holdfast, 'database' | 'houseMark' | 'guard' | 'provideStore' | 'log'>

export interface DemandedPlace {
  /** Resolves with what is wrong, where the place turns out to be another house's after the process has begun; else never. */
  readonly foreign: Promise<Error>
}

interface Demand {
  readonly signal: AbortSignal
  /** Whether a place that is missing is made. */
  readonly make: boolean
}

/** A store that does not answer keeps no process from starting any longer than this. */
const patienceMs = 5_000
const againAfterMs = 1_000

/**
 * Demands that the place of the blobs is this house's. Where it is away the process begins without it, and nobody gets to a blob before the
 * place is there and known. Throws `storage.of_another_house`, and `storage.unavailable` where the store answers and refuses us.
 */
export async function demandPlace(holdfast: Deps, { signal, make }: Demand): Promise<DemandedPlace> {
  holdfast.guard.close()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const goOn = (detail: object) => {
    holdfast.log.warn(detail, 'the place of the blobs is away: nothing can be uploaded or read until it is back')
    begin()
  }
  const late = setTimeout(goOn, patienceMs, {})
  const demand = async () => {
    if (make) await holdfast.provideStore(signal)
    await demandHouseStore(holdfast, signal)
    holdfast.guard.open()
  }
  const known = untilKnown(demand, signal, (error) => goOn({ err: error }))
  await Promise.race([known, begun]).finally(() => clearTimeout(late))
  return { foreign: known.then(forever, asError) }
}

async function untilKnown(demand: () => Promise<void>, signal: AbortSignal, onAway: (error: unknown) => void): Promise<void> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    try {
      return await demand()
    } catch (error) {
      if (signal.aborted) return
      if (isForeign(error) || (isFirst && !isAway(error))) throw error
      if (isFirst) onAway(error)
    }
    await pause(againAfterMs, undefined, { signal }).catch(() => undefined)
  }
}

const asError = (error: unknown) => (error instanceof Error ? error : new Error('the place of the blobs is wrong', { cause: error }))

const forever = () => new Promise<never>(() => undefined)

const isForeign = (error: unknown) => error instanceof Failure && error.code === 'storage.of_another_house'

/** Nobody answers, or somebody who has trouble. Who refuses us does not change their mind by themselves. */
function isAway(error: unknown): boolean {
  if (!(error instanceof Failure) || error.code !== 'storage.unavailable') return false
  const { status } = error.extra
  return typeof status !== 'number' || status >= 500 || status === 408 || status === 429
}
