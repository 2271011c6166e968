import { AsyncLocalStorage } from 'node:async_hooks'
import { newCorrelationId } from './correlation-id.ts'
import type { Trace } from './trace.ts'

/** What is known of the story that the running code belongs to. */
export interface Correlation {
  readonly correlationId: string
  readonly trace?: Trace
  /** The step of a trusted caller, which the trace goes on from. */
  readonly caller?: Trace
  /** The message being handled. */
  readonly messageId?: string
  readonly tenant?: string
  readonly principal?: string
}

const storage = new AsyncLocalStorage<Correlation>()

/**
 * Runs `work`, and everything it starts, inside the story. Without an id a new story begins.
 * A copy is kept, so that what the work adds is not seen by another user of the same object.
 */
export function runWithCorrelation<Result>(correlation: Partial<Correlation>, work: () => Result): Result {
  return storage.run({ ...correlation, correlationId: correlation.correlationId ?? newCorrelationId() }, work)
}

/** Undefined outside of any story. */
export function currentCorrelation(): Correlation | undefined {
  return storage.getStore()
}

/** Adds what became known later, as who asks. Everything in the same story sees it from now on. Throws outside of any story. */
export function addToCorrelation(known: Omit<Partial<Correlation>, 'correlationId'>): void {
  const correlation = storage.getStore()
  if (correlation === undefined) throw new Error('addToCorrelation was called outside of runWithCorrelation')
  Object.assign(correlation, known)
}

/** Runs `work` in this very story, without a copy: for the events of one request, which all tell the same one. */
export function resumeCorrelation<Result>(correlation: Correlation, work: () => Result): Result {
  return storage.getStore() === correlation ? work() : storage.run(correlation, work)
}
