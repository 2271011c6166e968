import { claim } from './claim.ts'
import { createFairShare, type LaneOptions } from './lanes.ts'
import type { Running } from './running.ts'
import type { Transaction, Transport } from './transport.ts'

export interface LookDeps<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  readonly running: Running
  readonly maxAttempts: number
}

export interface LookSettings {
  /** The worker's name. */
  readonly name: string
  readonly lanes: ReadonlyMap<string, LaneOptions>
  readonly leaseMs: number
}

export interface Seen {
  readonly taken: number
  /** 0 when there may be more at once. */
  readonly againInMs: number
}

/** It looks at least this often, also for what other processes dispatch. */
const lookEveryMs = 1_000
/** When another worker was faster. */
const contendedMs = 20

/** One look at the lanes: takes what is due, as far as `budget` and the lanes' free slots reach, and starts it. Throws what the transport throws. */
export function createLook<Tx extends Transaction>(
  { transport, running, maxAttempts }: LookDeps<Tx>,
  { name, lanes, leaseMs }: LookSettings,
) {
  const fairShare = createFairShare(new Map([...lanes].map(([lane, { weight }]) => [lane, weight])))

  return async (budget: number): Promise<Seen> => {
    const demands = [...lanes].map(([lane, { slots }]) => ({ lane, freeSlots: slots - running.ofLane(lane) }))
    const free = demands.filter(({ freeSlots }) => freeSlots > 0)
    if (free.length === 0 || budget <= 0) return { taken: 0, againInMs: lookEveryMs }
    const now = await transport.now()
    const nextAts = await Promise.all(free.map(({ lane }) => transport.deliveries.nextAt(lane)))
    const waitsMs = nextAts.map((at) => (at ?? Number.POSITIVE_INFINITY) - now)
    const due = free.filter((_, index) => Number(waitsMs[index]) <= 0)
    if (due.length === 0) return { taken: 0, againInMs: Math.min(lookEveryMs, ...waitsMs) }
    const shares = fairShare.part(budget, due)
    const { messages, moved } = await claim(transport, { shares, worker: name, leaseMs, maxAttempts })
    for (const message of messages) {
      fairShare.charge(message.lane, 1)
      running.start(message)
    }
    return { taken: messages.length, againInMs: moved > 0 ? 0 : contendedMs }
  }
}
