import type { Contract } from './message.ts'
import { MessengerError } from './messenger-error.ts'
import { assertRouted, compose, type OutboxDeps } from './outbox.ts'
import type { Outgoing } from './outgoing.ts'
import { encodePayload } from './payload.ts'
import type { Broker, Transaction, Transport } from './transport.ts'

export interface SendOptions {
  /** Instead of the contract's. */
  readonly lane?: string | undefined
}

/** See `Messenger.send`. */
export type Send = <Input>(contract: Contract<Input>, payload: NoInfer<Input>, options?: SendOptions) => Promise<string>

export interface SendDeps<Tx extends Transaction> extends Omit<OutboxDeps<Tx>, 'transport'> {
  readonly transport: Pick<Transport<Tx>, 'now'>
  readonly broker: Pick<Broker<Tx>, 'carry'>
  readonly outgoing: ReadonlyMap<string, Outgoing>
}

export function createSend<Tx extends Transaction>(deps: SendDeps<Tx>): Send {
  const { transport, broker, outgoing, maxMessageBytes } = deps
  return async (contract, payload, { lane } = {}) => {
    assertRouted(deps, contract)
    const text = await encodePayload(contract, payload, maxMessageBytes)
    const message = compose(deps, contract, text, { lane }, await transport.now())
    const foreign = await outgoing.get(contract.name)?.formOf(message)
    const confirmed = await broker.carry([{ message, foreign, isDirect: true }])
    if (!confirmed.has(message.id)) throw new MessengerError('messenger.broker_unavailable', 'the broker did not take the message')
    return message.id
  }
}
