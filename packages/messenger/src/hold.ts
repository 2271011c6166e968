import type { ClaimedMessage } from './claim.ts'
import { MessengerError } from './messenger-error.ts'

/** A message in a worker's hand, from the claim to the end of its handler. */
export interface Hold {
  readonly message: ClaimedMessage
  /** What the handler's `signal` listens to. */
  readonly controller: AbortController
  /** True once the receipt is written: the lease is over then, though the handler may still run. */
  isSettled: boolean
}

export const leaseLost = (message: ClaimedMessage, why: string) =>
  new MessengerError('messenger.lease_lost', `${message.name} ${message.id} was taken away from this worker: ${why}`)

export const isLeaseLost = (error: unknown) => error instanceof MessengerError && error.code === 'messenger.lease_lost'
