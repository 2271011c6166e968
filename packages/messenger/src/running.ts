import type { ClaimedMessage } from './claim.ts'
import { type DeliverDeps, deliver } from './deliver.ts'
import { MessengerError } from './messenger-error.ts'
import { handBack } from './settle.ts'
import type { Transaction } from './transport.ts'

interface InHand {
  readonly message: ClaimedMessage
  readonly controller: AbortController
  readonly settled: Promise<void>
  /** By the monotonic clock. */
  renewedAt: number
}

/** The messages a worker has in hand. */
export interface Running {
  readonly size: number
  /** How many of them are of this lane. */
  ofLane(lane: string): number
  start(message: ClaimedMessage): void
  /** Resolves when what is in hand now has settled. */
  settled(): Promise<void>
  /** Extends the leases that are a third over. A message whose lease is gone is aborted. */
  renew(): Promise<void>
  /** Gives back everything in hand, for other workers to take at once, and aborts it. No attempt is counted. */
  handBack(): Promise<void>
}

export function createRunning<Tx extends Transaction>(deps: DeliverDeps<Tx>, leaseMs: number, onSettled: () => void): Running {
  const { transport } = deps
  const inHand = new Set<InHand>()

  const start = (message: ClaimedMessage): void => {
    const controller = new AbortController()
    const settled = deliver(deps, message, controller, leaseMs).finally(() => {
      inHand.delete(entry)
      onSettled()
    })
    const entry: InHand = { message, controller, settled, renewedAt: performance.now() }
    inHand.add(entry)
  }

  const renew = async (): Promise<void> => {
    const aging = [...inHand].filter(({ renewedAt }) => performance.now() - renewedAt >= leaseMs / 3)
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
    for (const { controller } of lost) controller.abort(leaseLost('its lease ran out'))
  }

  const giveBack = async (): Promise<void> => {
    const entries = [...inHand]
    try {
      await transport.transaction(async (tx) => {
        for (const { message } of entries) await handBack(transport, tx, message)
      })
    } catch (error) {
      deps.log.error({ err: error }, 'messages could not be handed back: they come back when their leases end')
    }
    for (const { controller } of entries) controller.abort(leaseLost('the worker stopped'))
  }

  return {
    get size() {
      return inHand.size
    },
    ofLane: (lane) => [...inHand].filter(({ message }) => message.lane === lane).length,
    start,
    settled: async () => {
      await Promise.all([...inHand].map(({ settled }) => settled))
    },
    renew,
    handBack: giveBack,
  }
}

const leaseLost = (why: string) => new MessengerError('messenger.lease_lost', `the message was taken away: ${why}`)
