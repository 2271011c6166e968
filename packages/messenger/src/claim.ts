import { randomUUID } from 'node:crypto'
import { failedAttempt } from './failed-attempt.ts'
import type { LaneShare } from './lanes.ts'
import type { Deliveries, Expected, StoredMessage, Transaction, Transport } from './transport.ts'

/** A message that a worker of this process holds. */
export interface ClaimedMessage extends StoredMessage {
  readonly leaseToken: string
  readonly worker: string
}

export interface ClaimRequest {
  readonly shares: readonly LaneShare[]
  readonly worker: string
  readonly leaseMs: number
  readonly maxAttempts: number
}

/** What became of a row that looked free. */
export type ClaimStep =
  | { readonly is: 'taken'; readonly message: ClaimedMessage }
  /** Its worker was lost: taken for another attempt, or failed when that had been the last. */
  | { readonly is: 'taken-over'; readonly message: ClaimedMessage }
  | { readonly is: 'failed'; readonly message: StoredMessage }
  /** Past its `notAfter`. */
  | { readonly is: 'expired'; readonly message: StoredMessage }
  /** Another worker was first, or it has ended, or is due later: a delivery of it came late or twice. */
  | { readonly is: 'gone'; readonly message: StoredMessage }

/**
 * Takes messages in one small transaction, each by a compare-and-set under a token of its own. A lapsed lease counts as the attempt it was;
 * after the last one the message fails here, so that one that kills its process does not go on for ever.
 */
export async function claim<Tx extends Transaction>(
  transport: Transport<Tx>,
  { lapsed, due }: Deliveries<Tx>,
  request: ClaimRequest,
): Promise<ClaimStep[]> {
  const now = await transport.now()
  return transport.transaction(async (tx) => {
    const taking = { writes: transport.writes, tx, request, now }
    const steps: ClaimStep[] = []
    for (const { lane, limit } of request.shares) {
      const orphans = await lapsed(tx, lane, now, limit)
      for (const message of orphans) steps.push(await takeOver(taking, message))
      const ready = await due(tx, lane, now, limit - orphans.length)
      for (const message of ready) steps.push(await takeDue(taking, message))
    }
    return steps
  })
}

interface Taking<Tx extends Transaction> extends Pick<Transport<Tx>, 'writes'> {
  readonly tx: Tx
  readonly request: ClaimRequest
  readonly now: number
}

async function takeDue<Tx extends Transaction>(taking: Taking<Tx>, message: StoredMessage): Promise<ClaimStep> {
  const { writes, tx, now } = taking
  const { id, state, attempt, notAfter, dueAt } = message
  const isFree = state === 'dispatched' || (state === 'pending' && dueAt <= now)
  if (!isFree) return { is: 'gone', message }
  const expected = { state, attempt }
  if (notAfter !== null && notAfter < now) {
    const expired = await writes.move(tx, id, expected, { state: 'expired', handledAt: now })
    return { is: expired ? 'expired' : 'gone', message }
  }
  const taken = await lease(taking, message, expected)
  return taken === undefined ? { is: 'gone', message } : { is: 'taken', message: taken }
}

async function takeOver<Tx extends Transaction>(taking: Taking<Tx>, lapsed: StoredMessage): Promise<ClaimStep> {
  const { writes, tx, request, now } = taking
  const { id, state, leaseToken, leaseUntil, attempt } = lapsed
  const worker = lapsed.worker ?? 'unknown'
  const lastError = `the worker ${worker} was lost: it neither settled the message nor renewed its lease`
  const message = { ...lapsed, lastError }
  const expected = { state, leaseToken, leaseUntil }
  const taken = attempt < request.maxAttempts ? await lease(taking, message, expected) : undefined
  const failed = attempt >= request.maxAttempts && (await writes.move(tx, id, expected, { ...ended, handledAt: now, lastError }))
  if (taken === undefined && !failed) return { is: 'gone', message }
  await writes.addFailedAttempt(tx, failedAttempt(lapsed, worker, leaseUntil ?? now, lastError))
  return taken === undefined ? { is: 'failed', message } : { is: 'taken-over', message: taken }
}

const ended = { state: 'failed', leaseToken: null, leaseUntil: null } as const

async function lease<Tx extends Transaction>(
  { writes, tx, request, now }: Taking<Tx>,
  message: StoredMessage,
  expected: Expected,
): Promise<ClaimedMessage | undefined> {
  const change = {
    state: 'leased',
    attempt: message.attempt + 1,
    leaseToken: randomUUID(),
    leaseUntil: now + request.leaseMs,
    startedAt: now,
    worker: request.worker,
    lastError: message.lastError,
  } as const
  return (await writes.move(tx, message.id, expected, change)) ? { ...message, ...change } : undefined
}
