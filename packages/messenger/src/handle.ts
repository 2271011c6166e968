import type { SqlTransaction } from './database.ts'
import type { Envelope } from './envelope.ts'
import type { Contract } from './message.ts'
import type { Outbox } from './outbox.ts'
import { decodePayload } from './payload.ts'
import type { Transaction } from './transport.ts'

/** The one transaction in which a handler's effect and the receipt become true together. */
export interface DeliveryTransaction<Tx extends Transaction = SqlTransaction> {
  readonly sql: Tx
  /** What is dispatched here continues the story of the message being handled. */
  readonly outbox: Outbox
}

/**
 * Runs the effect in one transaction with the message's receipt. May be called once. Throws `messenger.lease_lost`, and keeps nothing, when
 * this delivery has been overtaken; a handler that swallows an error of `commit` fails with it all the same.
 */
export type Commit<Tx extends Transaction = SqlTransaction> = <Result>(
  effect: (tx: DeliveryTransaction<Tx>) => Promise<Result>,
) => Promise<Result>

export interface Delivery<Payload, Tx extends Transaction = SqlTransaction> {
  readonly payload: Payload
  readonly envelope: Envelope
  /** Aborted when the time limit is reached, the lease is lost, or the worker stops and its grace is over. */
  readonly signal: AbortSignal
  readonly commit: Commit<Tx>
}

export interface HandleOptions {
  /** A handler that takes longer is given up on: that counts as an attempt. The messenger's `timeLimitMs` where absent. */
  readonly timeLimitMs?: number
}

export interface Handler<Tx extends Transaction = SqlTransaction> {
  readonly contract: Contract
  readonly timeLimitMs: number | undefined
  /** Decodes and handles. Throws GiveUp for a text that the contract refuses. */
  receive(text: string, delivery: Omit<Delivery<never, Tx>, 'payload'>): Promise<void>
}

/**
 * Ties a function to a contract. It may be called again for the same message after a crash or a lost lease, so what it does outside
 * `commit` must bear repetition. Returning without `commit` means done as well.
 */
export function handle<Input, Output, Tx extends Transaction = SqlTransaction>(
  contract: Contract<Input, Output>,
  handler: (delivery: Delivery<Output, Tx>) => Promise<unknown>,
  { timeLimitMs }: HandleOptions = {},
): Handler<Tx> {
  return {
    contract,
    timeLimitMs,
    receive: async (text, delivery) => {
      await handler({ ...delivery, payload: await decodePayload(contract, text) })
    },
  }
}
