import type { RenderedAnswer } from './answer.ts'

/** What is known of a key. Finished when there is an answer, else claimed by a request that runs, or crashed. */
export interface KeyRecord {
  /** Names the claim that wrote it last, and no other one ever. */
  readonly token: string
  readonly headDigest: string
  /** Missing while a body still streams in. */
  readonly bodyDigest: string | undefined
  /** Until when nobody else may take the key over. */
  readonly leaseUntil: number
  /** From when on the key is free again. */
  readonly expiresAt: number
  readonly answer: RenderedAnswer | undefined
}

export interface Claim {
  readonly id: string
  /** The fence: what is written under another token is refused. */
  readonly token: string
  readonly headDigest: string
  readonly bodyDigest: string | undefined
  readonly leaseUntil: number
  readonly expiresAt: number
}

export type HeldClaim = Pick<Claim, 'id' | 'token'>

export interface Completion {
  readonly answer: RenderedAnswer
  readonly bodyDigest: string
  readonly expiresAt: number
}

/** Undoes a transaction that would finish a key which has a record by now. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'
}

/**
 * Where records are kept. `Tx` is the transaction that effects are written in. Each answer of `false` means that somebody else was
 * quicker and nothing was written. Errors named `DatabaseUnavailable` mean that the store cannot be reached.
 */
export interface KeyStore<Tx> {
  /** Reads what is committed, outside of any transaction. */
  find(id: string): Promise<KeyRecord | undefined>
  /** False where the key has a record. */
  insert(tx: Tx, claim: Claim): Promise<boolean>
  /** Gives the key of an unfinished claim whose lease has ended at `now` to another one. */
  takeOver(tx: Tx, claim: Claim, seenToken: string, now: number): Promise<boolean>
  /** Removes an unfinished claim, so that its key is as if never used. */
  release(tx: Tx, claim: HeldClaim): Promise<boolean>
  /** Removes a record, finished or not, that had expired at `now`. */
  removeExpired(tx: Tx, seen: HeldClaim, now: number): Promise<boolean>
  renew(tx: Tx, claim: HeldClaim, leaseUntil: number): Promise<boolean>
  complete(tx: Tx, claim: HeldClaim, completion: Completion): Promise<boolean>
  /** Claims and completes at once. Where the key has a record `tx` is undone and rejects with KeyTaken: at its COMMIT, if not earlier. */
  insertCompleted(tx: Tx, claim: Claim, completion: Completion): Promise<void>
  /** Removes at most `limit` records that had expired at `now`, and tells how many. */
  prune(tx: Tx, now: number, limit: number): Promise<number>
}
