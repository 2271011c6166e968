import { badOption, checkDispatchOptions, checkInstant, type DispatchOptions } from './dispatch-options.ts'
import type { Stamp } from './envelope.ts'
import type { Forwarder } from './forwarder.ts'
import type { Contract } from './message.ts'
import { MessengerError } from './messenger-error.ts'
import { encodePayload } from './payload.ts'
import type { Change, MessageWrites, StoredMessage, Transaction, Transport } from './transport.ts'
import { uuidV7 } from './uuid-v7.ts'

/** The bus inside a transaction: what is said here counts when the transaction commits, and was never said when it rolls back. */
export interface Outbox {
  /**
   * Answers the message's id: a new one, or that of the message kept under the same `dedupeKey`. Throws MessengerError for a contract that is
   * not routed, a payload that is refused or too large, and wrong options; nothing is staged then.
   */
  dispatch<Input>(contract: Contract<Input>, payload: NoInfer<Input>, options?: DispatchOptions): Promise<string>
  /** False: too late, it was taken, ended or never there. True once means it will never be handled. */
  cancel(messageId: string): Promise<boolean>
  /** `dueAt` in milliseconds since 1970. False: too late. */
  reschedule(messageId: string, dueAt: number): Promise<boolean>
  /** Sends a failed message round again, due at once, with all its attempts before it; the history stays. False: it is not failed. */
  retryFailed(messageId: string): Promise<boolean>
  /** With its history. False: it is not failed. */
  removeFailed(messageId: string): Promise<boolean>
}

export interface OutboxDeps<Tx extends Transaction> {
  readonly transport: Pick<Transport<Tx>, 'now' | 'writes'>
  readonly routes: ReadonlyMap<string, Contract>
  readonly lanes: readonly string[]
  readonly maxMessageBytes: number
  readonly stamp: (() => Stamp) | undefined
  /** Where a broker carries messages. */
  readonly forwarder: Pick<Forwarder, 'claim' | 'forward'> | undefined
  /** Called after each commit that may have made something due. */
  readonly ring: () => void
}

export function createOutbox<Tx extends Transaction>(deps: OutboxDeps<Tx>, tx: Tx): Outbox {
  const { forwarder, ring } = deps
  const { writes } = deps.transport
  return {
    dispatch: async (contract, payload, options = {}) => {
      assertRouted(deps, contract)
      checkDispatchOptions(options)
      const text = await encodePayload(contract, payload, deps.maxMessageBytes)
      const now = await deps.transport.now()
      const message = compose(deps, contract, text, options, now)
      const claimed = forwarder?.claim(message)
      const id = await writes.insert(tx, claimed ?? message)
      if (claimed === undefined) tx.afterCommit(ring)
      else if (id === claimed.id) tx.afterCommit(() => forwarder?.forward(claimed))
      return id
    },
    cancel: async (messageId) => {
      const handledAt = await deps.transport.now()
      return moveWaiting(writes, tx, messageId, { state: 'cancelled', handledAt })
    },
    reschedule: async (messageId, dueAt) => {
      checkInstant('dueAt', dueAt)
      const moved = await moveWaiting(writes, tx, messageId, { state: 'pending', dueAt })
      if (moved) tx.afterCommit(ring)
      return moved
    },
    retryFailed: async (messageId) => {
      const again: Change = { state: 'pending', attempt: 0, dueAt: await deps.transport.now(), handledAt: null }
      const moved = await writes.move(tx, messageId, { state: 'failed' }, again)
      if (moved) tx.afterCommit(ring)
      return moved
    },
    removeFailed: (messageId) => writes.remove(tx, messageId, 'failed'),
  }
}

/** One that is with a broker waits like any other: its delivery, when it comes, finds that the row says otherwise. */
async function moveWaiting<Tx extends Transaction>(writes: MessageWrites<Tx>, tx: Tx, id: string, change: Change): Promise<boolean> {
  if (await writes.move(tx, id, { state: 'pending' }, change)) return true
  return writes.move(tx, id, { state: 'dispatched' }, { ...change, leaseToken: null, leaseUntil: null })
}

export function assertRouted({ routes }: Pick<OutboxDeps<never>, 'routes'>, contract: Contract): void {
  if (routes.get(contract.name) !== contract) {
    throw new MessengerError('messenger.not_routed', `${contract.name} is not among the messenger's contracts`)
  }
}

export function compose<Tx extends Transaction>(
  { lanes, stamp }: Pick<OutboxDeps<Tx>, 'lanes' | 'stamp'>,
  contract: Contract,
  payload: string,
  options: DispatchOptions,
  now: number,
): StoredMessage {
  const lane = options.lane ?? contract.lane
  if (!lanes.includes(lane)) throw badOption(`${lane} is no lane; there are ${lanes.join(', ')}`)
  const id = uuidV7(now)
  const { correlationId, causationId = null, traceparent = null, tenant = null } = stamp?.() ?? { correlationId: id }
  return {
    id,
    name: contract.name,
    lane,
    payload,
    ...{ correlationId, causationId, traceparent, tenant },
    dedupeKey: options.dedupeKey ?? null,
    createdAt: now,
    dueAt: options.dueAt ?? now + (options.delayMs ?? 0),
    notAfter: options.notAfter ?? null,
    state: 'pending',
    attempt: 0,
    leaseToken: null,
    leaseUntil: null,
    dispatchedAt: null,
    startedAt: null,
    worker: null,
    handledAt: null,
    lastError: null,
  }
}
