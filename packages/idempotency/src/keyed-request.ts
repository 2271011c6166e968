import type { Answer, RenderedAnswer } from './answer.ts'
import type { AnyCommit } from './commit.ts'
import type { Scope } from './fingerprint.ts'
import type { KeyStore } from './key-store.ts'

/** Where a request with a key can be stopped: for tests that crash there. In the order in which they are passed; `claimed` by a claim `before`. */
export type Checkpoint = 'looked-up' | 'claimed' | 'effect-written' | 'answer-written' | 'committed'

export interface IdempotencyDeps<Tx> {
  readonly store: KeyStore<Tx>
  /** Resolves when `work` is committed, durably. It may run `work` again whole after a conflict. */
  readonly transaction: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>
  /** How long an answer is kept, from when it was made. */
  readonly ttlMs: number
  /** How long the claim of a request that crashed, or was abandoned, keeps others waiting: 10 s by default. A running one renews its own. */
  readonly leaseMs?: number
  /** The time that leases and answers are measured by, in milliseconds since 1970: the database's where several hosts share it. */
  readonly clock?: () => number | Promise<number>
  readonly log?: { warn(details: object, message: string): void }
  readonly checkpoint?: (name: Checkpoint) => void | Promise<void>
}

export interface KeyedRequest {
  readonly scope: Scope
  readonly key: string
  readonly headDigest: string
  /** A function where the body is not read yet: it reads the rest of the stream, keeping nothing. */
  readonly bodyDigest: string | (() => Promise<string>)
  /**
   * `with-effect`: the claim, the effect and the answer are written in one transaction, and nothing before. `before`: a claim is
   * committed first and renewed while the request runs, so that slow work before the commit is not done twice at once.
   */
  readonly claim: 'with-effect' | 'before'
  /** Nobody waits for the answer any more. Its claim is renewed no longer then, so that a repeat waits for the lease at the longest. */
  readonly isAbandoned?: () => boolean
  /** What is answered to an error of the work. Decides whether the answer is stored. */
  readonly problem: (error: unknown) => Answer
  /** The answer holds a secret: it is stored so that only whoever has the key can read it. */
  readonly sealed?: boolean | undefined
}

/** One run of a route's work under a key. */
export interface Attempt<Tx> {
  readonly commit: AnyCommit<Tx>
  readonly claim: AttemptClaim
  /** Aborted when the claim was lost: somebody else runs the request now. */
  readonly signal: AbortSignal
}

export interface AttemptClaim {
  /** Unique to this attempt: what it leaves behind can be labelled with it. */
  readonly id: string
  /** The attempt that this one took over from, because it had stopped renewing its lease. */
  readonly predecessor: string | undefined
}

export interface Outcome {
  readonly answer: RenderedAnswer
  /** Whether the answer was made by an earlier request. */
  readonly replayed: boolean
}
