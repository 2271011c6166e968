export type { Answer, RenderedAnswer } from './answer.ts'
export type { Commit, Committed, Effect, StreamedCommit } from './commit.ts'
export { type DigestedPart, digestBytes, digestParts, type Scope } from './fingerprint.ts'
export {
  type Attempt,
  type AttemptClaim,
  type Checkpoint,
  createIdempotency,
  type Idempotency,
  type IdempotencyDeps,
  type KeyedRequest,
  type Outcome,
} from './idempotency.ts'
export { IdempotencyError, type IdempotencyErrorCode } from './idempotency-error.ts'
export { parseIdempotencyKey } from './idempotency-key.ts'
export type { Claim, Completion, HeldClaim, KeyRecord, KeyStore } from './key-store.ts'
