import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'
import type { Case } from '../reports/junit.ts'

export interface Failure {
  readonly file: string
  readonly test: string
  readonly error: string
}

export interface Skip {
  readonly file: string
  readonly test: string
  readonly reason: string
}

export interface FileResult {
  readonly file: string
  passed: number
  failed: number
  skipped: number
  readonly durationMs: number
}

const maxErrorLines = 60

type Completed = Extract<TestEvent, { type: 'test:complete' }>['data']
type Counts = Pick<FileResult, 'passed' | 'failed' | 'skipped'> & {
  /** Begun, and not ended yet. */
  readonly open: Set<string>
}

/**
 * Counts a run of `node:test` from its events. A skipped suite counts as one skipped, a `todo` counts as skipped, a suite only when it
 * failed by itself (a hook); a file that ended without a single test counts as failed.
 */
export class Tally {
  readonly failures: Failure[] = []
  readonly skips: Skip[] = []
  /** Each test that ended, suites aside. */
  readonly cases: Case[] = []
  passed = 0
  readonly #open = new Map<string, Counts>()
  readonly #relative: (file: string) => string

  constructor(relative: (file: string) => string) {
    this.#relative = relative
  }

  /** The finished file's result, when the event was the end of a file. */
  add(event: TestEvent): FileResult | undefined {
    if (event.type === 'test:dequeue') this.#countsOf(entryFile(event.data)).open.add(event.data.name)
    if (event.type !== 'test:complete') return undefined
    if (event.data.name === entryFile(event.data)) return this.#closeFile(event.data.name, event.data.details)
    this.#count(event.data)
    return undefined
  }

  #count({ name, details, skip, todo, ...place }: Completed): void {
    const path = entryFile(place)
    const [file, counts] = [this.#relative(path), this.#countsOf(path)]
    counts.open.delete(name)
    const ended = { group: file, name, seconds: details.duration_ms / 1_000 }
    if (skip !== undefined || todo !== undefined) {
      counts.skipped += 1
      const reason = reasonOf(skip ?? todo)
      this.skips.push({ file, test: name, reason })
      this.cases.push({ ...ended, skipped: reason })
    } else if (!details.passed && failureType(details.error) !== 'subtestsFailed') {
      const error = describe(details.error)
      counts.failed += 1
      this.failures.push({ file, test: name, error })
      this.cases.push({ ...ended, failure: error })
    } else if (details.passed && details.type !== 'suite') {
      counts.passed += 1
      this.passed += 1
      this.cases.push(ended)
    }
  }

  #closeFile(path: string, details: Completed['details']): FileResult {
    const [file, { open, ...counts }] = [this.#relative(path), this.#countsOf(path)]
    open.delete(path)
    const fail = (error: string): void => {
      counts.failed += 1
      this.failures.push({ file, test: '(the whole file)', error })
      this.cases.push({ group: file, name: '(the whole file)', seconds: details.duration_ms / 1_000, failure: error })
    }
    if (failureType(details.error) === 'testAborted') fail(`did not end in time; ${stillRunning(open)}`)
    else if (!details.passed && counts.failed === 0) fail(describe(details.error))
    if (counts.passed + counts.failed + counts.skipped === 0) fail('no test in this file')
    return { file, ...counts, durationMs: details.duration_ms }
  }

  #countsOf(path: string): Counts {
    let counts = this.#open.get(path)
    if (counts === undefined) {
      counts = { passed: 0, failed: 0, skipped: 0, open: new Set() }
      this.#open.set(path, counts)
    }
    return counts
  }
}

/** The file that was run, also for a test that a contract suite in another file registered. */
export function entryFile(data: { file?: string | undefined; entryFile?: string }): string {
  return data.entryFile ?? data.file ?? ''
}

function failureType(error: Error | undefined): unknown {
  return error !== undefined && 'failureType' in error ? error.failureType : undefined
}

const stillRunning = (names: ReadonlySet<string>): string => (names.size > 0 ? `still running: ${[...names].join(', ')}` : 'its tests had')

function describe(error: Error | undefined): string {
  const cause = error?.cause ?? error
  const thrown = cause instanceof Error ? cause.stack : cause
  const text = typeof thrown === 'string' ? thrown : inspect(cause)
  return text.split('\n').slice(0, maxErrorLines).join('\n')
}

function reasonOf(mark: string | boolean | undefined): string {
  return typeof mark === 'string' && mark !== '' ? mark : 'no reason given'
}
