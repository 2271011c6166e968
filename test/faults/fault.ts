import { setTimeout as pause } from 'node:timers/promises'
import type { Pauses } from './pauses.ts'
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

/** How often each fault struck, and which one began last. */
export interface Strikes {
  readonly times: Map<string, number>
  latest: string
}

export const createStrikes = (): Strikes => ({ times: new Map(), latest: 'nothing' })

export const countStrikes = ({ times }: Pick<Strikes, 'times'>): number => [...times.values()].reduce((sum, many) => sum + many, 0)

/** One fault after the other until `isOver`, and until that which strikes once has struck. */
export async function storm({ faults, once, random, pauseMs }: Storm, strikes: Strikes, isOver: () => boolean): Promise<void> {
  let isOnceLeft = once !== undefined
  while (isOnceLeft || !isOver()) {
    await pause(random.int(pauseMs / 4, pauseMs))
    const isTime = isOnceLeft && once?.isTime() === true
    const fault = isTime ? once?.fault : chooseFault(faults, random)
    if (fault === undefined) continue
    if (isTime) isOnceLeft = false
    strikes.latest = fault.name
    await fault.strike(random)
    strikes.times.set(fault.name, (strikes.times.get(fault.name) ?? 0) + 1)
  }
}

/** A line for each fault: how often it struck, and the longest pause that followed. */
export const strikeLines = ({ times }: Pick<Strikes, 'times'>, { byFault }: Pick<Pauses, 'byFault'>): string[] =>
  [...times].map(([name, many]) => `  ${name}: ${many}, a pause of ${((byFault.get(name) ?? 0) / 1_000).toFixed(1)} s at the longest`)

function chooseFault(faults: readonly Fault[], random: Random): Fault | undefined {
  let left = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0)
  return faults.find(({ weight }) => {
    left -= weight
    return left < 0
  })
}
