import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from './random.ts'

/** Something that goes wrong, and is over when it resolves. */
export interface Fault {
  readonly name: string
  /** How often it is chosen, beside the others. */
  readonly weight: number
  strike(random: Random): Promise<void>
}

export interface Storm {
  readonly faults: readonly Fault[]
  /** Strikes once, when it says so. */
  readonly once?: { readonly fault: Fault; isTime(): boolean } | undefined
  readonly random: Random
  /** From the end of one strike to the next, at most. */
  readonly pauseMs: number
}

/** One fault after the other until `isOver`. Counts in `strikes` how often each struck. */
export async function storm({ faults, once, random, pauseMs }: Storm, strikes: Map<string, number>, isOver: () => boolean): Promise<void> {
  let isOnceLeft = once !== undefined
  while (!isOver()) {
    await pause(random.int(pauseMs / 4, pauseMs))
    const isTime = isOnceLeft && once?.isTime() === true
    const fault = isTime ? once?.fault : chooseFault(faults, random)
    if (fault === undefined) continue
    if (isTime) isOnceLeft = false
    await fault.strike(random)
    strikes.set(fault.name, (strikes.get(fault.name) ?? 0) + 1)
  }
}

export const countStrikes = (strikes: ReadonlyMap<string, number>): number => [...strikes.values()].reduce((sum, times) => sum + times, 0)

function chooseFault(faults: readonly Fault[], random: Random): Fault | undefined {
  let left = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0)
  return faults.find(({ weight }) => {
    left -= weight
    return left < 0
  })
}
