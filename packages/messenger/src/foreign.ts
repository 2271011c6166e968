import { createHash } from 'node:crypto'
import { failedAttempt } from './failed-attempt.ts'
import type { Contract } from './message.ts'
import { MessengerError } from './messenger-error.ts'
import { createOutbox, type OutboxDeps } from './outbox.ts'
import type { ForeignMessage, StoredMessage, Transaction, Transport } from './transport.ts'
import { uuidV7 } from './uuid-v7.ts'

/** Reads messages of another system as messages of a contract. */
export interface Incoming {
  readonly contract: Contract
  /** Undefined: none of its business. Throws: it is, and cannot be read. */
  read(foreign: ForeignMessage): unknown
}

/** Ties a reader to a contract: `incoming(deleteUser, ({ type, bytes }) => …)`. */
export function incoming<Input>(contract: Contract<Input>, read: (foreign: ForeignMessage) => NoInfer<Input> | undefined): Incoming {
  return { contract, read }
}

export interface IntakeDeps<Tx extends Transaction> extends Omit<OutboxDeps<Tx>, 'transport'> {
  readonly transport: Transport<Tx>
  readonly incoming: readonly Incoming[]
  /** What its consumers died of so often is not tried again. */
  readonly maxAttempts: number
}

/** What no contract can make sense of. */
const unreadable = 'messenger.unreadable.v1'
const maxKeptBytes = 64 * 1_024
/** The broker allows 255 bytes. */
const maxCorrelationIdLength = 128

/**
 * Makes a foreign message one of ours, once, however often it comes; or a failed one, with its bytes, when nobody can read it. Throws what the
 * transport throws: then it must be tried again.
 */
export async function takeIn<Tx extends Transaction>(deps: IntakeDeps<Tx>, foreign: ForeignMessage): Promise<void> {
  const dedupeKey = (foreign.id ?? digestOf(foreign)).slice(0, 190)
  try {
    if (foreign.redeliveries >= deps.maxAttempts) throw new Unreadable(`it was delivered ${foreign.redeliveries} times and never settled`)
    const found = read(deps.incoming, foreign)
    const stamp = () => ({ ...deps.stamp?.(), correlationId: (foreign.correlationId ?? dedupeKey).slice(0, maxCorrelationIdLength) })
    await deps.transport.transaction((tx) => createOutbox({ ...deps, stamp }, tx).dispatch(found.contract, found.payload, { dedupeKey }))
  } catch (error) {
    const isRefused = error instanceof Unreadable || (error instanceof MessengerError && error.kind === 'invalid')
    if (!isRefused) throw error
    await keepUnreadable(deps, foreign, dedupeKey, error)
  }
}

class Unreadable extends Error {
  override readonly name = 'Unreadable'
}

function read(readers: readonly Incoming[], foreign: ForeignMessage): { contract: Contract; payload: unknown } {
  for (const { contract, read: payloadOf } of readers) {
    try {
      const payload = payloadOf(foreign)
      if (payload !== undefined) return { contract, payload }
    } catch (cause) {
      throw new Unreadable(`${contract.name} cannot be read from it`, { cause })
    }
  }
  throw new Unreadable(`nobody reads messages of the type ${foreign.type ?? '(none)'}`)
}

async function keepUnreadable<Tx extends Transaction>(
  { transport }: IntakeDeps<Tx>,
  foreign: ForeignMessage,
  dedupeKey: string,
  error: Error,
): Promise<void> {
  const now = await transport.now()
  const message = failedMessage(foreign, dedupeKey, now, error)
  await transport.transaction(async (tx) => {
    const id = await transport.writes.insert(tx, message)
    if (id === message.id) await transport.writes.addFailedAttempt(tx, failedAttempt(message, 'intake', now, String(error.stack)))
  })
}

function failedMessage(foreign: ForeignMessage, dedupeKey: string, now: number, error: Error): StoredMessage {
  const id = uuidV7(now)
  return {
    id,
    name: unreadable,
    lane: foreign.lane,
    payload: textOf(foreign.bytes.subarray(0, maxKeptBytes)),
    correlationId: (foreign.correlationId ?? id).slice(0, maxCorrelationIdLength),
    ...{ causationId: null, traceparent: null, tenant: null },
    dedupeKey,
    ...{ createdAt: now, dueAt: now, notAfter: null, attempt: 1 },
    state: 'failed',
    ...{ leaseToken: null, leaseUntil: null, dispatchedAt: null, startedAt: now, worker: null, handledAt: now },
    lastError: `${error.name}: ${error.message}`.slice(0, 1_000),
  }
}

/** As it is where it is text, else as base64. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return `base64:${Buffer.from(bytes).toString('base64')}`
  }
}

const digestOf = ({ bytes, type }: ForeignMessage) => createHash('sha256').update(String(type)).update(bytes).digest('hex')
