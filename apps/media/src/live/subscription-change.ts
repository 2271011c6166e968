import { randomUUID } from 'node:crypto'
import type { Tx } from '../kernel/tx.ts'
import type { Protocol } from './protocol.ts'
import { type ActiveSubscription, subscriptionUpdate } from './subscriptions.ts'
import { appendUpdate, subscriptionIds } from './update-log.ts'

/** What became of subscriptions. */
export interface SubscriptionChange {
  readonly subscriptions: readonly ActiveSubscription[]
  readonly isActive: boolean
  /** Of the updates that tell of it: told twice, it is told once. */
  readonly id: string
}

export const change = (subscriptions: readonly ActiveSubscription[], isActive: boolean): SubscriptionChange => ({
  ...{ subscriptions, isActive },
  id: `${subscriptionIds}${randomUUID()}`,
})

export type TellChange = (tx: Tx, told: SubscriptionChange) => Promise<void>

export const tellChange =
  ({ protocol, hubPath }: { readonly protocol: Protocol; readonly hubPath: string }): TellChange =>
  async (tx, { subscriptions, isActive, id }) => {
    for (const [place, subscription] of subscriptions.entries()) {
      await appendUpdate(tx, subscriptionUpdate(protocol, hubPath, `${id}:${place}`, { ...subscription, active: isActive }))
    }
  }
