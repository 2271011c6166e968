/** A module whose tests are tried: each small wrong change in it must turn one of them red. */
export interface Target {
  readonly file: string
  readonly tests: readonly string[]
  /** How much of the changes must be noticed. Raised when it can be, never lowered. */
  readonly leastPercent: number
}

const media = 'apps/media/src/media'
const lifecycle = [`${media}/trash-file.test.ts`, `${media}/purge-file.test.ts`, `${media}/erase-file.test.ts`]

export const targets: readonly Target[] = [
  { file: 'packages/messenger/src/retry.ts', tests: ['packages/messenger/src/retry.test.ts'], leastPercent: 75 },
  { file: 'packages/idempotency/src/fingerprint.ts', tests: ['packages/idempotency/src/fingerprint.test.ts'], leastPercent: 60 },
  { file: 'apps/media/src/http/byte-range.ts', tests: ['apps/media/src/http/byte-range.test.ts'], leastPercent: 80 },
  { file: `${media}/file-state.ts`, tests: lifecycle, leastPercent: 100 },
  { file: `${media}/trash-file.ts`, tests: lifecycle, leastPercent: 80 },
  { file: `${media}/purge-file.ts`, tests: lifecycle, leastPercent: 90 },
  { file: `${media}/restore-file.ts`, tests: lifecycle, leastPercent: 75 },
  { file: `${media}/erase-file.ts`, tests: lifecycle, leastPercent: 75 },
]
