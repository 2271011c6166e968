import { readFileSync } from 'node:fs'
import type { Skip } from './tally.ts'

/** A test that may be skipped, and why: the list stands in the open in test/allowed-skips.json. */
export interface AllowedSkip {
  readonly file: string
  /** The test's name, or `*` for every test of the file. */
  readonly test: string
  readonly reason: string
}

export function readAllowedSkips(path: string): AllowedSkip[] {
  return JSON.parse(readFileSync(path, 'utf8')) as AllowedSkip[]
}

/** The skips that nobody agreed to. */
export function unlistedSkips(skips: readonly Skip[], allowed: readonly AllowedSkip[]): Skip[] {
  return skips.filter((skip) => !allowed.some(({ file, test }) => file === skip.file && (test === '*' || test === skip.test)))
}
