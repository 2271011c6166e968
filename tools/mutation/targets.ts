import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/** A module whose tests are tried: each small wrong change in it must turn one of them red. */
export interface Target {
  readonly file: string
  /** The files of tests, and how many assertions each had when they were tried last. */
  readonly tests: Readonly<Record<string, number>>
  /** How much of the changes must be noticed. Raised when it can be, never lowered. */
  readonly leastPercent: number
  /** What was noticed when they were tried last, and the module at that time. */
  readonly percent: number
  readonly digest: string
}

export const targetsPath = 'tools/mutation/targets.json'

/** As they stand in the working directory. */
export function readTargets(): Target[] {
  const targets = JSON.parse(readFileSync(targetsPath, 'utf8')) as Readonly<Record<string, Omit<Target, 'file'>>>
  return Object.entries(targets).map(([file, target]) => ({ file, ...target }))
}

/** Of a module, whatever the tests. */
export const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)

export const assertionsIn = (test: string): number => [...readFileSync(test, 'utf8').matchAll(/\bassert\w*[.(]/g)].length
