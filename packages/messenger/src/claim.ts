import { randomUUID } from 'node:crypto'
import { failedAttempt } from './failed-attempt.ts'
import type { LaneShare } from './lanes.ts'
import { isSuspect } from './suspect.ts'
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
  /** Whether a suspect may be taken over: one at most. */
  readonly takesSuspect: boolean
}

/** What became of a row that looked free. */
export type ClaimStep =
  | { readonly is: 'taken'; readonly message: ClaimedMessage }
  /** Its worker was lost: taken for another attempt, or failed when that had been the last. */
  | { readonly is: 'taken-over'; readonly message: ClaimedMessage; readonly isSuspect: boolean }
  | { readonly is: 'failed'; readonly message: StoredMessage }
  /** Past its `notAfter`. */
  | { readonly is: 'expired'; readonly message: StoredMessage }
  /** Another worker was first, or it has ended, or is due later: a delivery of it came late or twice. */
  | { readonly is: 'gone'; readonly message: StoredMessage }

/**
 * Takes messages in one small transaction, each by a compare-and-set, under a token that no claim had before. A lapsed lease counts as the attempt it was;
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
      const orphans = freeToTake(request, steps, await lapsed(tx, lane, now, limit))
      for (const message of orphans) steps.push(await takeOver(taking, message))
      const ready = await due(tx, lane, now, limit - orphans.length)
      steps.push(...(await takeAllDue(taking, ready)))
    }
    return steps
  })
}

/** Of suspects the first, where one may be taken. Those whose attempts are over are only failed. */
function freeToTake(
  { takesSuspect, maxAttempts }: ClaimRequest,
  steps: readonly ClaimStep[],
  orphans: readonly StoredMessage[],
): StoredMessage[] {
  let isTaken = !takesSuspect || steps.some((step) => step.is === 'taken-over' && step.isSuspect)
  return orphans.filter((message) => {
    if (!isSuspect(message) || message.attempt >= maxAttempts) return true
    const isFirst = !isTaken
    isTaken = true
    return isFirst
  })
}

interface Taking<Tx extends Transaction> extends Pick<Transport<Tx>, 'writes'> {
  readonly tx: Tx
  readonly request: ClaimRequest
  readonly now: number
}

/** In their order. */
async function takeAllDue<Tx extends Transaction>(taking: Taking<Tx>, messages: readonly StoredMessage[]): Promise<ClaimStep[]> {
  const { now } = taking
  const free = messages.filter(({ state, dueAt }) => state === 'dispatched' || (state === 'pending' && dueAt <= now))
  const late = free.filter(({ notAfter }) => notAfter !== null && notAfter < now)
  const expired = await expireAll(taking, late)
  const inTime = free.filter((message) => !late.includes(message))
  const taken = await leaseAll(taking, inTime)
  return messages.map((message) => {
    const mine = taken.get(message.id)
    if (mine !== undefined) return { is: 'taken', message: mine }
    return { is: expired.has(message.id) ? 'expired' : 'gone', message }
  })
}

async function expireAll<Tx extends Transaction>({ writes, tx, now }: Taking<Tx>, late: readonly StoredMessage[]): Promise<Set<string>> {
  const expired = new Set<string>()
  for (const { id, state, attempt } of late) {
    const change = { ...released, state: 'expired', handledAt: now } as const
    if (await writes.move(tx, id, { state, attempt }, change)) expired.add(id)
  }
  return expired
}

/** One statement for all that are as far on: hardly ever more than one. */
async function leaseAll<Tx extends Transaction>(taking: Taking<Tx>, free: readonly StoredMessage[]): Promise<Map<string, ClaimedMessage>> {
  const { writes, tx } = taking
  const taken = new Map<string, ClaimedMessage>()
  for (const [first, ...others] of Map.groupBy(free, ({ state, attempt }) => `${state} ${attempt}`).values()) {
    if (first === undefined) continue
    const [messages, change] = [[first, ...others], leaseOf(taking, first)]
    const ids = messages.map(({ id }) => id)
    const moved = await writes.moveAll(tx, ids, { state: first.state, attempt: first.attempt }, change)
    const ours = moved === ids.length ? new Set(ids) : await writes.heldUnder(tx, ids, change.leaseToken)
    for (const message of messages) if (ours.has(message.id)) taken.set(message.id, { ...message, ...change })
  }
  return taken
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
  return taken === undefined ? { is: 'failed', message } : { is: 'taken-over', message: taken, isSuspect: isSuspect(lapsed) }
}

const released = { leaseToken: null, leaseUntil: null } as const
const ended = { ...released, state: 'failed' } as const

async function lease<Tx extends Transaction>(
  taking: Taking<Tx>,
  message: StoredMessage,
  expected: Expected,
): Promise<ClaimedMessage | undefined> {
  const change = { ...leaseOf(taking, message), lastError: message.lastError }
  return (await taking.writes.move(taking.tx, message.id, expected, change)) ? { ...message, ...change } : undefined
}

const leaseOf = <Tx extends Transaction>({ request, now }: Taking<Tx>, { attempt }: StoredMessage) =>
  ({
    state: 'leased',
    attempt: attempt + 1,
    leaseToken: randomUUID(),
    leaseUntil: now + request.leaseMs,
    startedAt: now,
    worker: request.worker,
  }) as const
