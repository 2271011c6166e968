import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { InTransaction } from '../kernel/tx.ts'
import { clearDead } from './clear-dead.ts'
import type { Protocol } from './protocol.ts'
import { change, type SubscriptionChange, tellChange } from './subscription-change.ts'
import { type ActiveSubscription, dropSubscriptions, keepSubscriptions } from './subscriptions.ts'

export interface TellSubscriptionsDeps {
  readonly inTransaction: InTransaction
  readonly protocol: Protocol
  readonly hubPath: string
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: { warn(detail: object, message: string): void }
}

const pauseMs = 100
const batch = 50
const beatMs = 5_000

export type SubscriptionTeller = ReturnType<typeof createSubscriptionTeller>

/**
 * Keeps who listens to this process where every process can ask, and tells of it. Connections do not wait for that. What a process leaves
 * behind when it dies is cleared away by another, or by the next one.
 */
export function createSubscriptionTeller({ inTransaction, protocol, hubPath, clock, log }: TellSubscriptionsDeps) {
  const active = new Map<string, readonly ActiveSubscription[]>()
  const changes: SubscriptionChange[] = []
  let processId: string | undefined
  let beatenAt = Number.NEGATIVE_INFINITY

  const tell = tellChange({ protocol, hubPath })

  const flush = async (): Promise<void> => {
    while (changes.length > 0) {
      const some = changes.slice(0, batch)
      const owner = await register()
      await inTransaction(async (tx) => {
        for (const one of some) {
          if (one.isActive) await keepSubscriptions(tx, owner, one.subscriptions)
          else await dropSubscriptions(tx, one.subscriptions)
          await tell(tx, one)
        }
      })
      changes.splice(0, some.length)
    }
  }

  const register = async (): Promise<string> => {
    if (processId !== undefined) return processId
    const id = randomUUID()
    await inTransaction(({ sql, now }) => sql.run('INSERT INTO live_process (id, seen_at) VALUES (?, ?)', [id, now]))
    processId = id
    return id
  }

  /** Whoever was found dead comes back under another id, and tells of everything anew. */
  const beat = async (): Promise<void> => {
    const id = await register()
    const text = 'UPDATE live_process SET seen_at = ? WHERE id = ? AND seen_at > 0'
    const { changes: found } = await inTransaction(({ sql, now }) => sql.run(text, [now, id]))
    if (found === 1) return
    processId = undefined
    changes.unshift(...[...active.values()].map((subscriptions) => change(subscriptions, true)))
  }

  const step = async (): Promise<void> => {
    if (clock() - beatenAt >= beatMs) {
      await beat()
      await clearDead({ inTransaction, tell })
      beatenAt = clock()
    }
    await flush()
  }

  return {
    root: `${hubPath}/subscriptions/`,
    began: (subscriber: string, subscriptions: readonly ActiveSubscription[]): void => {
      active.set(subscriber, subscriptions)
      changes.push(change(subscriptions, true))
    },
    ended: (subscriber: string): void => {
      changes.push(change(active.get(subscriber) ?? [], false))
      active.delete(subscriber)
    },
    /** Until the signal. */
    run: async (signal: AbortSignal): Promise<void> => {
      while (!signal.aborted) {
        await step().catch((error: unknown) => log.warn({ err: error }, 'who listens is not told'))
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
      }
    },
    /** What is left to tell. Then nothing of this process is left behind. */
    finish: async (): Promise<void> => {
      await flush()
      if (processId !== undefined) await inTransaction(({ sql }) => sql.run('DELETE FROM live_process WHERE id = ?', [processId ?? '']))
    },
  }
}
