import type { Measured } from './load/measure.ts'

/** Something that is measured beside others: a server under a load, as a rule. */
export interface Contender {
  readonly name: string
  /** One round, in processes of its own. `folder` is empty, on the same file system for all, and removed afterwards by who gave it. */
  readonly run: (folder: string) => Promise<Measured>
}

/** A ratio that is promised. */
export interface Goal {
  readonly subject: string
  readonly peer: string
  readonly atLeast: number
}

export interface Benchmark {
  readonly name: string
  readonly about: string
  /** Starts what all rounds share, or says why it cannot be had here. */
  readonly start?: () => Promise<AsyncDisposable | string>
  /** What the amount over the time is. */
  readonly unit: 'MiB/s' | 'requests/s' | 'messages/s'
  /** Each round runs them in this order. */
  readonly contenders: readonly Contender[]
  readonly goals: readonly Goal[]
  /**
   * Folders go when the last round is over: for minutes ext4 takes no inode anew that was freed, and each file that is made
   * meanwhile looks past all of them.
   */
  readonly keepsFolders?: true
}

const bytesPerMiB = 1024 * 1024

export function rateOf({ amount, seconds }: Measured, unit: Benchmark['unit']): number {
  return amount / seconds / (unit === 'MiB/s' ? bytesPerMiB : 1)
}
