import { randomUUID } from 'node:crypto'
import { MessengerError } from './messenger-error.ts'
import type { Outgoing } from './outgoing.ts'
import type { Broker, Change, Parcel, StoredMessage, Transaction, Transport } from './transport.ts'

export interface CarryDeps<Tx extends Transaction> {
  readonly transport: Pick<Transport<Tx>, 'now' | 'transaction' | 'writes'>
  readonly broker: Pick<Broker<Tx>, 'room' | 'carry' | 'dueRows'>
  /** By the names of the contracts. */
  readonly outgoing: ReadonlyMap<string, Outgoing>
  /** A message that no worker took for so long after the broker confirmed it was lost there. */
  readonly lostAfterMs: number
}

/** Messages of this relay, from the claim until the broker has confirmed them. */
export interface Batch {
  readonly token: string
  readonly messages: readonly StoredMessage[]
  /** How long to wait at most before the next claim: 0 when there may be more at once. */
  readonly againInMs: number
  /** Nothing due waits in the table, and the broker has room. */
  readonly isClear: boolean
}

const batchSize = 256
/** Longer than the broker may take to confirm: afterwards the relay that claimed a message is taken to be lost. */
export const claimMs = 15_000
/** It looks at least this often, also for what other processes dispatch. */
const lookEveryMs = 500
/** While the broker holds as many messages of the lane as it should. */
const crowdedMs = 100
/** When another relay was faster. */
const contendedMs = 20

/** Claims what is due in a lane, in a transaction of its own. Throws `messenger.broker_unavailable` before anything is claimed. */
export async function claimDue<Tx extends Transaction>({ transport, broker }: CarryDeps<Tx>, lane: string): Promise<Batch> {
  const token = randomUUID()
  const limit = Math.min(batchSize, await broker.room(lane))
  if (limit <= 0) return { token, messages: [], againInMs: crowdedMs, isClear: false }
  const now = await transport.now()
  const waitMs = ((await broker.dueRows.nextAt(lane)) ?? Number.POSITIVE_INFINITY) - now
  if (waitMs > 0) return { token, messages: [], againInMs: Math.min(waitMs, lookEveryMs), isClear: true }
  const claim = { lane, now, limit, token, leaseUntil: now + claimMs }
  const messages = await transport.transaction((tx) => broker.dueRows.claim(tx, claim))
  return { token, messages, againInMs: messages.length === 0 ? contendedMs : 0, isClear: false }
}

/** Answers how many the broker took. Throws `messenger.broker_unavailable` when that is not all: the others are pending again. */
export async function carryBatch<Tx extends Transaction>(deps: CarryDeps<Tx>, { token, messages }: Batch): Promise<number> {
  if (messages.length === 0) return 0
  const published = await publish(deps, messages)
  await record(deps, token, published)
  const { queued, told, left } = published
  if (left.length === 0) return queued.length + told.length
  throw new MessengerError('messenger.broker_unavailable', `the broker did not take ${left.length} of ${messages.length} messages`)
}

/** Ids of messages by what became of them. */
export interface Published {
  /** With the broker, for a worker of ours. */
  readonly queued: readonly string[]
  /** With the broker, for other systems: there is nothing more to do. */
  readonly told: readonly string[]
  /** The broker did not take them, or did not say so. */
  readonly left: readonly string[]
  /** They cannot be put into their form. */
  readonly refused: readonly { readonly id: string; readonly refused: string }[]
}

export async function publish<Tx extends Transaction>(deps: CarryDeps<Tx>, messages: readonly StoredMessage[]): Promise<Published> {
  const wrapped = await Promise.all(messages.map((message) => wrap(deps, message)))
  const parcels = wrapped.filter((each) => 'message' in each)
  const confirmed = await deps.broker.carry(parcels)
  const taken = parcels.filter(({ message }) => confirmed.has(message.id))
  return {
    queued: idsOf(taken.filter(({ foreign }) => foreign === undefined)),
    told: idsOf(taken.filter(({ foreign }) => foreign !== undefined)),
    left: idsOf(parcels.filter(({ message }) => !confirmed.has(message.id))),
    refused: wrapped.filter((each) => 'refused' in each),
  }
}

/** Whatever was handled or taken away meanwhile stays as it is. */
export async function record<Tx extends Transaction>(
  { transport, lostAfterMs }: Pick<CarryDeps<Tx>, 'transport' | 'lostAfterMs'>,
  token: string,
  { queued, told, left, refused }: Published,
): Promise<void> {
  if (queued.length + told.length + left.length + refused.length === 0) return
  const now = await transport.now()
  await transport.transaction(async (tx) => {
    const move = async (ids: readonly string[], change: Change) => {
      if (ids.length > 0) await transport.writes.moveAll(tx, ids, { state: 'dispatched', leaseToken: token }, change)
    }
    await move(queued, { leaseToken: null, leaseUntil: now + lostAfterMs })
    await move(told, { ...released, state: 'done', handledAt: now })
    await move(left, { ...released, state: 'pending' })
    for (const { id, refused: lastError } of refused) await move([id], { ...released, state: 'failed', handledAt: now, lastError })
  })
}

const released = { leaseToken: null, leaseUntil: null } as const

const idsOf = (parcels: readonly Parcel[]) => parcels.map(({ message }) => message.id)

/** A message that cannot be put into its form today cannot be tomorrow. */
async function wrap<Tx extends Transaction>(
  { outgoing }: CarryDeps<Tx>,
  message: StoredMessage,
): Promise<Parcel | { readonly id: string; readonly refused: string }> {
  try {
    return { message, foreign: await outgoing.get(message.name)?.formOf(message) }
  } catch (error) {
    return { id: message.id, refused: String(error).slice(0, 1_000) }
  }
}

/** What a relay claimed and never sent, or the broker confirmed and lost, is pending again. Answers how many. */
export async function reclaimLost<Tx extends Transaction>({ transport, broker }: CarryDeps<Tx>, lane: string): Promise<number> {
  const now = await transport.now()
  return transport.transaction((tx) => broker.dueRows.reclaim(tx, lane, now))
}
