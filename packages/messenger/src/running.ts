import type { ClaimedMessage } from './claim.ts'
import { type DeliverDeps, deliver } from './deliver.ts'
import { deliverDirectly } from './direct-delivery.ts'
import { type Hold, leaseLost } from './hold.ts'
import { handBack } from './settle.ts'
import type { Transaction } from './transport.ts'

interface InHand extends Hold {
  readonly ended: Promise<void>
  readonly hasLease: boolean
  /** By the monotonic clock. */
  renewedAt: number
}

/** The messages a worker has in hand. */
export interface Running {
  readonly size: number
  /** How many of them are of this lane. */
  ofLane(lane: string): number
  /** Calls `onThrough` when its row says all there is to say. */
  start(message: ClaimedMessage, onThrough: () => void): void
  /** The same for one without a row. Answers whether the broker may forget it; never rejects. */
  startDirect(message: ClaimedMessage, isRedelivered: boolean): Promise<boolean>
  /** Resolves when what is in hand now has come to its end. */
  ended(): Promise<void>
  /** Extends the leases that are a third over. A message whose lease is gone is aborted. */
  renew(): Promise<void>
  /** Gives back everything in hand, for other workers to take at once, and aborts it. No attempt is counted. */
  handBack(): Promise<void>
}

export function createRunning<Tx extends Transaction>(deps: DeliverDeps<Tx>, leaseMs: number, onEnded: () => void): Running {
  const { transport } = deps
  const inHand = new Set<InHand>()

  const holdWhile = <Result>(message: ClaimedMessage, hasLease: boolean, work: (hold: Hold) => Promise<Result>): Promise<Result> => {
    const hold: Hold = { message, controller: new AbortController(), isSettled: false }
    const result = work(hold)
    const ended = result.then(() => {
      inHand.delete(entry)
      onEnded()
    })
    const entry: InHand = Object.assign(hold, { ended, hasLease, renewedAt: performance.now() })
    inHand.add(entry)
    return result
  }

  const renew = async (): Promise<void> => {
    const aging = [...inHand].filter(
      ({ hasLease, isSettled, renewedAt }) => hasLease && !isSettled && performance.now() - renewedAt >= leaseMs / 3,
    )
    if (aging.length === 0) return
    const askedAt = performance.now()
    const leaseUntil = (await transport.now()) + leaseMs
    const lost = await transport.transaction(async (tx) => {
      const gone: InHand[] = []
      for (const entry of aging) {
        const { id, leaseToken } = entry.message
        if (!(await transport.writes.move(tx, id, { state: 'leased', leaseToken }, { leaseUntil }))) gone.push(entry)
      }
      return gone
    })
    for (const entry of aging) entry.renewedAt = askedAt
    for (const { message, controller, isSettled } of lost) {
      if (!isSettled) controller.abort(leaseLost(message, 'its lease ran out'))
    }
  }

  const giveBack = async (): Promise<void> => {
    const entries = [...inHand]
    try {
      await transport.transaction(async (tx) => {
        for (const entry of entries) if (entry.hasLease) await handBack(transport, tx, entry)
      })
    } catch (error) {
      deps.log.error({ err: error }, 'messages could not be handed back: they come back when their leases end')
    }
    for (const { message, controller } of entries) controller.abort(leaseLost(message, 'the worker stopped'))
  }

  return {
    get size() {
      return inHand.size
    },
    ofLane: (lane) => [...inHand].filter(({ message }) => message.lane === lane).length,
    start: (message, onThrough) => void holdWhile(message, true, (hold) => deliver(deps, hold, leaseMs).finally(onThrough)),
    startDirect: (message, isRedelivered) => holdWhile(message, false, (hold) => deliverDirectly(deps, hold, leaseMs, isRedelivered)),
    ended: async () => {
      await Promise.all([...inHand].map(({ ended }) => ended))
    },
    renew,
    handBack: giveBack,
  }
}
