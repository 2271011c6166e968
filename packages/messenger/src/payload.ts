import type { Contract } from './message.ts'
import { MessengerError } from './messenger-error.ts'
import { GiveUp } from './retry.ts'
import { describeIssues } from './standard-schema.ts'

/**
 * The JSON text of a payload. What is checked is what a worker will read: the text, parsed again. So a Date where the schema wants a Date is
 * refused here and not by every attempt.
 */
export async function encodePayload(contract: Contract, payload: unknown, maxBytes: number): Promise<string> {
  const text = stringify(contract, payload)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxBytes) {
    throw new MessengerError('messenger.too_large', `${contract.name}: the payload has ${bytes} bytes, at most ${maxBytes} are allowed`)
  }
  const { issues } = await contract.schema['~standard'].validate(JSON.parse(text))
  if (issues !== undefined) {
    throw new MessengerError('messenger.payload_refused', `${contract.name}: the payload is refused: ${describeIssues(issues)}`)
  }
  return text
}

/** Throws GiveUp: a text that is refused today is refused tomorrow. */
export async function decodePayload<Output>(contract: Contract<unknown, Output>, text: string): Promise<Output> {
  const result = await contract.schema['~standard'].validate(parse(contract, text))
  if (result.issues !== undefined) throw new GiveUp(`${contract.name}: the payload is refused: ${describeIssues(result.issues)}`)
  return result.value
}

function stringify(contract: Contract, payload: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(payload)
    if (text !== undefined) return text
  } catch (cause) {
    throw new MessengerError('messenger.payload_refused', `${contract.name}: the payload is not JSON`, { cause })
  }
  throw new MessengerError('messenger.payload_refused', `${contract.name}: the payload is not JSON`)
}

function parse(contract: Contract, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new GiveUp(`${contract.name}: the payload is not JSON`, { cause })
  }
}
