import { type Envelope, envelopeOf } from './envelope.ts'
import type { Contract } from './message.ts'
import { decodePayload } from './payload.ts'
import type { ForeignForm, StoredMessage } from './transport.ts'

/** A contract whose messages go to other systems, in their form. It has no handler: what the broker has confirmed is done. */
export interface Outgoing {
  readonly contract: Contract
  /** Throws for a payload that the contract or the writer refuses. */
  formOf(message: StoredMessage): Promise<ForeignForm>
}

/** Ties a writer to a contract: `outgoing(fileEvent, (event) => ({ type: event.type, body: { id: event.fileId } }))`. */
export function outgoing<Input, Output>(
  contract: Contract<Input, Output>,
  write: (payload: Output, envelope: Envelope) => ForeignForm,
): Outgoing {
  return { contract, formOf: async (message) => write(await decodePayload(contract, message.payload), envelopeOf(message)) }
}
