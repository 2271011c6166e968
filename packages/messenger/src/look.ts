import { type ClaimStep, claim } from './claim.ts'
import { createFairShare, type LaneDemand, type LaneOptions } from './lanes.ts'
import { type Log, logFields } from './log.ts'
import type { Running } from './running.ts'
import type { Deliveries, Inbox, Transaction, Transport } from './transport.ts'

export interface LookDeps<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  readonly running: Running
  readonly maxAttempts: number
  readonly log: Log
}

export interface LookSettings {
  /** The worker's name. */
  readonly name: string
  readonly lanes: ReadonlyMap<string, LaneOptions>
  /** Of the worker, over all lanes. */
  readonly slots: number
  readonly leaseMs: number
}

export interface Seen {
  readonly taken: number
  /** 0 when there may be more at once. */
  readonly againInMs: number
}

/** It looks at least this often, also for what other processes dispatch. */
const lookEveryMs = 500
/** When another worker was faster. */
const contendedMs = 20
/** While other suspects may be waiting for the one in hand. */
const suspectMs = 100

/** One look at the lanes: takes what is due, as far as `budget` and the lanes' free slots reach, and starts it. Throws what the transport throws. */
export function createLook<Tx extends Transaction>(deps: LookDeps<Tx>, { name, lanes, slots: workerSlots, leaseMs }: LookSettings) {
  const { transport, running, maxAttempts, log } = deps
  const fairShare = createFairShare(new Map([...lanes].map(([lane, { weight }]) => [lane, weight])), workerSlots)
  const suspects = new Set<string>()

  return async (budget: number, inbox: Inbox<Tx> | undefined): Promise<Seen> => {
    const deliveries: Deliveries<Tx> = inbox ?? transport.deliveries
    const demands = [...lanes].map(([lane, { slots }]) => demandOf(lane, running.ofLane(lane), slots))
    const free = demands.filter(({ freeSlots }) => freeSlots > 0)
    if (free.length === 0 || budget <= 0) return { taken: 0, againInMs: lookEveryMs }
    const now = await transport.now()
    const nextAts = await Promise.all(free.map(({ lane }) => deliveries.nextAt(lane)))
    const waitsMs = nextAts.map((at) => (at ?? Number.POSITIVE_INFINITY) - now)
    const due = free.filter((_, index) => Number(waitsMs[index]) <= 0)
    if (due.length === 0) return { taken: 0, againInMs: Math.min(lookEveryMs, ...waitsMs) }
    const shares = fairShare.part(budget, due)
    await inbox?.fetch(shares)
    const steps = await claim(transport, deliveries, { shares, worker: name, leaseMs, maxAttempts, takesSuspect: suspects.size === 0 })
    for (const step of steps) report(log, step)
    const taken = steps.filter((step) => step.is === 'taken' || step.is === 'taken-over')
    for (const { message } of taken) fairShare.charge(message.lane, 1)
    start(running, suspects, inbox, steps)
    const idleMs = suspects.size === 0 ? contendedMs : suspectMs
    return { taken: taken.length, againInMs: steps.some(({ is }) => is !== 'gone') ? 0 : idleMs }
  }
}

function start<Tx extends Transaction>(
  running: Running,
  suspects: Set<string>,
  inbox: Inbox<Tx> | undefined,
  steps: readonly ClaimStep[],
): void {
  for (const step of steps) {
    const { id } = step.message
    const through = () => {
      suspects.delete(id)
      inbox?.through(id)
    }
    if (step.is === 'taken-over' && step.isSuspect) suspects.add(id)
    if (step.is === 'taken' || step.is === 'taken-over') {
      inbox?.taken(id)
      running.start(step.message, through)
    } else {
      through()
    }
  }
}

const demandOf = (lane: string, running: number, slots: number): LaneDemand => ({ lane, running, freeSlots: slots - running })

function report(log: Log, { is, message }: ClaimStep): void {
  const { lastError: reason } = message
  if (is === 'taken-over') log.warn({ ...logFields(message), reason }, 'message was taken over from a lost worker')
  if (is === 'failed') log.error({ ...logFields(message), reason }, 'message failed for good')
  if (is === 'expired') log.warn(logFields(message), 'message expired before it was handled')
}
