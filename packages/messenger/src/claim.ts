import { randomUUID } from 'node:crypto'
import { failedAttempt } from './failed-attempt.ts'
import type { LaneShare } from './lanes.ts'
import type { Expected, StoredMessage, Transaction, Transport } from './transport.ts'

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

export interface Claim {
  readonly messages: readonly ClaimedMessage[]
  /** Messages that moved in any way: taken, expired, or failed for good. */
  readonly moved: number
}

/** What became of a row that looked free: this worker has it, it came to its end, or another worker was first. */
type Step = ClaimedMessage | 'ended' | 'gone'

/**
 * Takes messages in one small transaction, each by a compare-and-set under a token of its own. A lapsed lease counts as the attempt it was;
 * after the last one the message fails here, so that one that kills its process does not go on for ever.
 */
export async function claim<Tx extends Transaction>(transport: Transport<Tx>, request: ClaimRequest): Promise<Claim> {
  const now = await transport.now()
  const { lapsed, due } = transport.deliveries
  return transport.transaction(async (tx) => {
    const taking = { writes: transport.writes, tx, request, now }
    const steps: Step[] = []
    for (const { lane, limit } of request.shares) {
      const orphans = await lapsed(tx, lane, now, limit)
      for (const message of orphans) steps.push(await takeOver(taking, message))
      const ready = await due(tx, lane, now, limit - orphans.length)
      for (const message of ready) steps.push(await takeDue(taking, message))
    }
    const messages = steps.filter((step) => typeof step === 'object')
    return { messages, moved: steps.filter((step) => step !== 'gone').length }
  })
}

interface Taking<Tx extends Transaction> extends Pick<Transport<Tx>, 'writes'> {
  readonly tx: Tx
  readonly request: ClaimRequest
  readonly now: number
}

async function takeDue<Tx extends Transaction>(taking: Taking<Tx>, message: StoredMessage): Promise<Step> {
  const { writes, tx, now } = taking
  const expected = { state: message.state, attempt: message.attempt }
  if (message.notAfter === null || message.notAfter >= now) return lease(taking, message, expected)
  const expired = await writes.move(tx, message.id, expected, { state: 'expired', handledAt: now })
  return expired ? 'ended' : 'gone'
}

async function takeOver<Tx extends Transaction>(taking: Taking<Tx>, message: StoredMessage): Promise<Step> {
  const { writes, tx, request, now } = taking
  const { id, state, leaseToken, leaseUntil, attempt, worker } = message
  const error = `the worker ${worker} was lost: it neither settled the message nor renewed its lease`
  const expected = { state, leaseToken, leaseUntil }
  const step = attempt < request.maxAttempts ? await lease(taking, { ...message, lastError: error }, expected) : await fail()
  if (step !== 'gone') await writes.addFailedAttempt(tx, failedAttempt(message, worker ?? '', leaseUntil ?? now, error))
  return step

  async function fail(): Promise<Step> {
    const change = { state: 'failed', leaseToken: null, leaseUntil: null, handledAt: now, lastError: error } as const
    return (await writes.move(tx, id, expected, change)) ? 'ended' : 'gone'
  }
}

async function lease<Tx extends Transaction>(taking: Taking<Tx>, message: StoredMessage, expected: Expected): Promise<Step> {
  const { writes, tx, request, now } = taking
  const change = {
    state: 'leased',
    attempt: message.attempt + 1,
    leaseToken: randomUUID(),
    leaseUntil: now + request.leaseMs,
    startedAt: now,
    worker: request.worker,
    lastError: message.lastError,
  } as const
  return (await writes.move(tx, message.id, expected, change)) ? { ...message, ...change } : 'gone'
}
