import { countStrikes, strikeLines } from '../faults/fault.ts'
import type { BusTortureOptions, BusTortureResult } from './run-bus-torture.ts'

const meanings = {
  lost: 'messages that were said, and are neither in effect nor in the failed store',
  doubled: 'messages in effect twice',
  misjudged: 'messages in the failed store that should not be there, or the other way round',
  miscounted: 'failed messages with more or fewer attempts than allowed',
  unsaid: 'effects that nobody asked for',
} as const

/** What was done and what was found, a line each: also what was not found. */
export function busSummary({ workers, dispatchers, seed }: BusTortureOptions, result: BusTortureResult): string[] {
  const { findings, strikes } = result
  return [
    `${number(result.said)} messages in ${result.seconds.toFixed(0)} s, by ${dispatchers.length} dispatchers and ${workers.length} workers, seed ${seed}`,
    `${number(result.attempts)} attempts, ${number(result.failed)} messages in the failed store, ${number(result.unsettled)} still under way`,
    `${countStrikes(strikes)} kills, cuts and other faults`,
    ...strikeLines(strikes, result.pauses),
    `nothing took effect for ${(result.pauses.longestMs / 1_000).toFixed(1)} s at the longest, while messages were dispatched`,
    ...result.steps.map(({ node, said }) => `${node}: ${said}`),
    ...result.processFaults,
    ...Object.entries(meanings).map(([what, meaning]) => tell(findings[what as keyof typeof findings], meaning)),
  ]
}

const tell = (found: readonly number[], meaning: string) =>
  `${found.length} ${meaning}${found.length === 0 ? '' : `: ${found.slice(0, 10).join(', ')}`}`

const number = (value: number) => value.toLocaleString('en')

export const isClean = ({ findings, processFaults, unsettled, steps }: BusTortureResult): boolean =>
  unsettled === 0 &&
  steps.every(({ isInStep }) => isInStep) &&
  processFaults.length === 0 &&
  Object.values(findings).every((found) => found.length === 0)
