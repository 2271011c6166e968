import { inspect } from 'node:util'
import type { FailedAttempt, StoredMessage } from './transport.ts'
import { uuidV7 } from './uuid-v7.ts'

/** Takes secrets out of the text of an error before it is kept or logged. */
export type Scrub = (text: string) => string

export interface ErrorText {
  /** One line. */
  readonly summary: string
  /** Stack and causes, without the errors' other properties: those hold requests, headers and the like. */
  readonly detail: string
}

const maxSummaryLength = 1_000
const maxDetailLength = 16_000

export function errorText(error: unknown, scrub: Scrub): ErrorText {
  const summary = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error)
  return {
    summary: (scrub(summary).split('\n')[0] ?? '').slice(0, maxSummaryLength),
    detail: scrub(withCauses(error)).slice(0, maxDetailLength),
  }
}

export function failedAttempt(message: StoredMessage, worker: string, endedAt: number, error: string): FailedAttempt {
  const { id: messageId, attempt, startedAt } = message
  return { id: uuidV7(endedAt), messageId, attempt, worker, startedAt: startedAt ?? endedAt, endedAt, error }
}

function withCauses(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return inspect(error)
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined || depth === 5 ? own : `${own}\ncaused by: ${withCauses(error.cause, depth + 1)}`
}
