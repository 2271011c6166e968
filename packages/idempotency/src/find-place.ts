import type { RenderedAnswer } from './answer.ts'
import { IdempotencyError } from './idempotency-error.ts'
import type { Claim, KeyRecord, KeyStore } from './key-store.ts'

/** Where a claim can be written: the key is free, its claim has lapsed, or its record has expired. */
export type Place =
  | { readonly state: 'free' }
  | { readonly state: 'lapsed'; readonly token: string }
  | { readonly state: 'expired'; readonly token: string }

export type Found = Place | { readonly state: 'answered'; readonly answer: RenderedAnswer } | { readonly state: 'running' }

export interface Digests {
  readonly head: string
  /** Missing while the body is not read yet. */
  readonly body: string | undefined
}

/** What a record says to a request. Throws `idempotency.key_reused` where it is another request's, as far as is known yet. */
export function judge(record: KeyRecord | undefined, asked: Digests, now: number): Found {
  if (record === undefined) return { state: 'free' }
  const { token, answer, leaseUntil, expiresAt } = record
  const isRunning = answer === undefined && leaseUntil > now
  if (expiresAt <= now && !isRunning) return { state: 'expired', token }
  const isOther = record.headDigest !== asked.head || (record.bodyDigest ?? asked.body) !== (asked.body ?? record.bodyDigest)
  if (isOther) throw new IdempotencyError('idempotency.key_reused')
  if (answer !== undefined) return { state: 'answered', answer }
  return isRunning ? { state: 'running' } : { state: 'lapsed', token }
}

/** Writes the claim there. False where somebody else has changed the record since it was looked at. */
export async function take<Tx>(store: KeyStore<Tx>, tx: Tx, place: Place, claim: Claim, now: number): Promise<boolean> {
  if (place.state === 'lapsed') return store.takeOver(tx, claim, place.token, now)
  if (place.state === 'expired' && !(await store.removeExpired(tx, { id: claim.id, token: place.token }, now))) return false
  return store.insert(tx, claim)
}
