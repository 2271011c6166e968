import { setTimeout as pause } from 'node:timers/promises'
import { type CommitDeps, type CommitOutcome, commitOnce } from './commit-once.ts'
import { type Envelope, envelopeOf } from './envelope.ts'
import { errorText, type Scrub } from './failed-attempt.ts'
import type { Commit, Handler } from './handle.ts'
import { type Hold, isLeaseLost } from './hold.ts'
import { type Log, logFields } from './log.ts'
import { MessengerError } from './messenger-error.ts'
import { judge, RetryAfter, type RetryPolicy, type Verdict } from './retry.ts'
import type { StoredMessage, Transaction } from './transport.ts'

/** Lets the service enter its own context (correlation, tracing) around a handler. Must call `run` once and wait for it. */
export type Around = (envelope: Envelope, run: () => Promise<void>) => Promise<void>

export interface DeliverDeps<Tx extends Transaction> extends CommitDeps<Tx> {
  readonly handlers: ReadonlyMap<string, Handler<Tx>>
  readonly around: Around
  readonly retry: RetryPolicy
  readonly timeLimitMs: number
  readonly random: () => number
  readonly scrub: Scrub
  readonly observe: Observe
  readonly log: Log
}

type Thrown = { readonly error: unknown } | undefined

/** How the handler's part ended. */
type Ending =
  | { readonly is: 'returned' }
  | { readonly is: 'committed'; readonly error?: unknown }
  | { readonly is: 'overtaken' }
  | { readonly is: 'failed'; readonly error: unknown }

/** What was made of it. */
export type Outcome = 'handled' | 'failed-late' | 'overtaken' | Verdict['is']

/** A delivery that has ended. Durations in milliseconds. */
export interface DeliveryReport {
  readonly name: string
  readonly lane: string
  readonly outcome: Outcome
  /** From when it was due to when its handler began. */
  readonly latenessMs: number
  /** From there to its receipt, or to what became of it instead. */
  readonly durationMs: number
}

/** Told of each delivery, for metrics. Must not throw. */
export type Observe = (delivery: DeliveryReport) => void

const settlePauseMs = { first: 50, most: 2_000 }

/** While a release takes the place of another, a worker hears of messages that only the newer one knows: each attempt gives it a minute to come. */
const noHandlerDelayMs = 60_000

/**
 * One delivery, from the handler to the receipt. Never throws: an error is a verdict on the message, and a receipt that cannot be written
 * is tried again for as long as the lease may be ours: undefined then. Who takes the message away aborts the hold with `messenger.lease_lost`.
 */
export async function deliver<Tx extends Transaction>(deps: DeliverDeps<Tx>, hold: Hold, leaseMs: number): Promise<Outcome | undefined> {
  const { message, controller } = hold
  const began = performance.now()
  const once = commitOnce(deps, hold)
  const thrown = await thrownBy(runHandler(deps, hold, once.commit))
  const ending = conclude(thrown, await once.outcome())
  const fields = { ...logFields(message), ...('error' in ending ? { err: ending.error } : {}) }
  const report = (outcome: Outcome) => {
    const { level, text } = reports[outcome]
    const durationMs = performance.now() - began
    deps.log[level]({ ...fields, durationMs: Math.round(durationMs) }, text)
    deps.observe({ name: message.name, lane: message.lane, outcome, latenessMs: latenessOf(message), durationMs })
    return outcome
  }
  try {
    return report(await persist(() => settle(deps, hold, ending), controller.signal, leaseMs))
  } catch (unsettled) {
    if (isLeaseLost(unsettled)) return report('overtaken')
    deps.log.error({ ...fields, err: unsettled }, 'message could not be settled: it comes back when its lease ends')
    return undefined
  }
}

const latenessOf = ({ startedAt, dueAt }: StoredMessage) => Math.max(0, (startedAt ?? dueAt) - dueAt)

async function runHandler<Tx extends Transaction>(deps: DeliverDeps<Tx>, hold: Hold, commit: Commit<Tx>): Promise<void> {
  const { message, controller } = hold
  const handler = deps.handlers.get(message.name)
  if (handler === undefined) throw new RetryAfter(noHandlerDelayMs, `no handler for ${message.name}`)
  const { signal } = controller
  const envelope = envelopeOf(message)
  const timeLimitMs = handler.timeLimitMs ?? deps.timeLimitMs
  const tooLong = () => controller.abort(new MessengerError('messenger.time_limit', `${message.name} took longer than ${timeLimitMs} ms`))
  const timer = setTimeout(tooLong, timeLimitMs)
  const aborted = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
  let received: Promise<void> | undefined
  const receive = () => (received ??= handler.receive(message.payload, { envelope, signal, commit }))
  const surrounded = async () => {
    await deps.around(envelope, receive)
    if (received === undefined) throw new MessengerError('messenger.misconfigured', 'around did not run the handler')
    await received
  }
  try {
    await Promise.race([surrounded(), aborted])
  } finally {
    clearTimeout(timer)
  }
}

function conclude(thrown: Thrown, commit: CommitOutcome): Ending {
  if (commit.is === 'committed') return { is: 'committed', ...thrown }
  const refused = commit.is === 'refused' ? commit : undefined
  if (isLeaseLost(refused?.error) || isLeaseLost(thrown?.error)) return { is: 'overtaken' }
  const failure = thrown ?? refused
  return failure === undefined ? { is: 'returned' } : { is: 'failed', error: failure.error }
}

async function settle<Tx extends Transaction>(deps: DeliverDeps<Tx>, hold: Hold, ending: Ending): Promise<Outcome> {
  const { transport, settlement, retry, random, scrub } = deps
  if (ending.is === 'overtaken') return 'overtaken'
  if (ending.is === 'returned') await settlement.returned(hold)
  if (ending.is !== 'failed') return 'error' in ending ? 'failed-late' : 'handled'
  const { error } = ending
  const verdict = judge(retry, { error, attempt: hold.message.attempt, now: await transport.now(), random: random() })
  await settlement.failed(hold, verdict, errorText(error, scrub))
  return verdict.is
}

/** Until it succeeds, the message is known to be taken away, or the lease has surely run out. */
async function persist<Result>(work: () => Promise<Result>, signal: AbortSignal, leaseMs: number): Promise<Result> {
  const until = performance.now() + leaseMs
  for (let pauseMs = settlePauseMs.first; ; pauseMs = Math.min(pauseMs * 2, settlePauseMs.most)) {
    try {
      return await work()
    } catch (error) {
      if (isLeaseLost(error) || isLeaseLost(signal.reason) || performance.now() > until) throw error
    }
    await pause(pauseMs)
  }
}

const reports: Record<Outcome, { readonly level: keyof Log; readonly text: string }> = {
  handled: { level: 'info', text: 'message handled' },
  'failed-late': { level: 'warn', text: 'message handled, but its handler failed after the commit' },
  'put-back': { level: 'info', text: 'message put back into the schedule' },
  retry: { level: 'warn', text: 'message failed and will be tried again' },
  fail: { level: 'error', text: 'message failed for good' },
  overtaken: { level: 'warn', text: 'message was taken away from this worker: nothing of this delivery was kept' },
}

const thrownBy = (work: Promise<unknown>): Promise<Thrown> =>
  work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
