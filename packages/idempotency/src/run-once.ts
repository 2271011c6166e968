import { randomUUID } from 'node:crypto'
import { isLasting } from './answer.ts'
import { type AnyCommit, type Committed, type Effect, runCommitting } from './commit.ts'
import { judge, type Place, take } from './find-place.ts'
import { recordId } from './fingerprint.ts'
import { IdempotencyError } from './idempotency-error.ts'
import type { Claim } from './key-store.ts'
import type { Attempt, IdempotencyDeps, KeyedRequest, Outcome } from './keyed-request.ts'
import { keepLease } from './lease.ts'
import { seal, unseal } from './seal.ts'
import { type WrittenAnswer, writeAnswer } from './write-answer.ts'

/** Rolls back a transaction whose claim came too late. The next look-up tells what to do. */
class KeyTaken extends Error {}

interface Run<Tx> {
  readonly deps: IdempotencyDeps<Tx>
  readonly request: KeyedRequest
  readonly id: string
  readonly token: string
  bodyDigest: string | undefined
}

type Work<Tx> = (attempt: Attempt<Tx>) => Promise<Committed>
type Write<Tx> = (effect: Effect<Tx>) => Promise<Outcome>

/** One request with a key, from the look-up to its answer. */
export async function runOnce<Tx>(deps: IdempotencyDeps<Tx>, request: KeyedRequest, work: Work<Tx>): Promise<Outcome> {
  const bodyDigest = typeof request.bodyDigest === 'string' ? request.bodyDigest : undefined
  const run: Run<Tx> = { deps, request, id: recordId(request.scope, request.key), token: randomUUID(), bodyDigest }
  const found = await findPlace(run)
  await deps.checkpoint?.('looked-up')
  if ('answer' in found) return found
  return request.claim === 'before' || bodyDigest === undefined ? claimFirst(run, found, work) : claimWithEffect(run, found, work)
}

/** Where this request may write its claim, or the answer there is. A body that was not read yet is read now to compare it. */
async function findPlace<Tx>(run: Run<Tx>): Promise<Place | Outcome> {
  let found = await look(run)
  if (
    run.bodyDigest === undefined &&
    typeof run.request.bodyDigest === 'function' &&
    (found.state === 'answered' || found.state === 'running')
  ) {
    run.bodyDigest = await run.request.bodyDigest()
    found = await look(run)
    // With the body gone the route cannot run, even if the key is free by now.
    if (found.state !== 'answered') throw new IdempotencyError('idempotency.in_progress')
  }
  if (found.state === 'running') throw new IdempotencyError('idempotency.in_progress')
  if (found.state !== 'answered') return found
  const { key, sealed } = run.request
  return { answer: sealed ? unseal(found.answer, key) : found.answer, replayed: true }
}

async function look<Tx>({ deps, request, id, bodyDigest }: Run<Tx>) {
  const record = await reachable(() => deps.store.find(id))
  return judge(record, { head: request.headDigest, body: bodyDigest }, await now(deps))
}

async function claimWithEffect<Tx>(run: Run<Tx>, first: Place, work: Work<Tx>): Promise<Outcome> {
  const claim = { id: run.token, predecessor: predecessorAt(first) }
  const write: Write<Tx> = async (effect) => {
    let place = first
    for (;;) {
      try {
        return { answer: (await writeAt(run, place, effect)).answer, replayed: false }
      } catch (error) {
        if (!(error instanceof KeyTaken)) throw error
      }
      const found = await findPlace(run)
      if ('answer' in found) return found
      place = found
    }
  }
  return settle(run, write, (commit) =>
    work({
      commit,
      claim,
      get signal() {
        return new AbortController().signal
      },
    }),
  )
}

async function claimFirst<Tx>(run: Run<Tx>, first: Place, work: Work<Tx>): Promise<Outcome> {
  const place = await claimBefore(run, first)
  if ('answer' in place) return place
  await run.deps.checkpoint?.('claimed')
  const lease = leaseOf(run)
  let isKept = false
  const write: Write<Tx> = async (effect) => {
    const written = await writeAt(run, 'held', effect)
    isKept = written.isKept
    return { answer: written.answer, replayed: false }
  }
  const claim = { id: run.token, predecessor: predecessorAt(place) }
  try {
    return await settle(run, write, (commit) => work({ commit, claim, signal: lease.signal }))
  } finally {
    lease.end()
    if (!isKept) await release(run)
  }
}

async function claimBefore<Tx>(run: Run<Tx>, first: Place): Promise<Place | Outcome> {
  const { deps } = run
  let place = first
  for (;;) {
    const at = await now(deps)
    const claim = claimOf(run, at, at + leaseMs(deps))
    const here = place
    if (await reachable(() => deps.transaction((tx) => take(deps.store, tx, here, claim, at)))) return here
    const found = await findPlace(run)
    if ('answer' in found) return found
    place = found
  }
}

/** Runs the work, and stores what is answered to its error where that answer lasts. */
async function settle<Tx>(run: Run<Tx>, write: Write<Tx>, work: (commit: AnyCommit<Tx>) => Promise<Committed>): Promise<Outcome> {
  let isWritten = false
  try {
    return await runCommitting(async (effect: Effect<Tx>, bodyDigest) => {
      run.bodyDigest ??= bodyDigest
      if (run.bodyDigest === undefined) throw new Error('the commit of a streamed body needs its digest')
      const outcome = await write(effect)
      isWritten = true
      return outcome
    }, work)
  } catch (error) {
    if (isWritten || run.bodyDigest === undefined || error instanceof IdempotencyError) throw error
    const answer = run.request.problem(error)
    if (!isLasting(answer.status)) throw error
    return write(async () => answer)
  }
}

async function writeAt<Tx>(run: Run<Tx>, place: Place | 'held', effect: Effect<Tx>): Promise<WrittenAnswer> {
  const { deps, id, token, request, bodyDigest = '' } = run
  const at = await now(deps)
  const expiresAt = at + deps.ttlMs
  const written = await reachable(() =>
    writeAnswer(deps.transaction, effect, async (tx, runEffect) => {
      if (place !== 'held') {
        if (!(await take(deps.store, tx, place, claimOf(run, at, at), at))) throw new KeyTaken()
        await deps.checkpoint?.('claimed')
      }
      const answer = await runEffect()
      await deps.checkpoint?.('effect-written')
      const stored = request.sealed ? seal(answer, request.key) : answer
      const isOurs = await deps.store.complete(tx, { id, token }, { answer: stored, bodyDigest, expiresAt })
      if (!isOurs) throw new IdempotencyError('idempotency.in_progress')
      await deps.checkpoint?.('answer-written')
      return answer
    }),
  )
  await deps.checkpoint?.('committed')
  return written
}

function claimOf<Tx>({ deps, request, id, token, bodyDigest }: Run<Tx>, at: number, leaseUntil: number): Claim {
  return { id, token, headDigest: request.headDigest, bodyDigest, leaseUntil, expiresAt: at + deps.ttlMs }
}

function leaseOf<Tx>({ deps, id, token }: Run<Tx>) {
  const renew = async (): Promise<boolean> => {
    const leaseUntil = (await now(deps)) + leaseMs(deps)
    return deps.transaction((tx) => deps.store.renew(tx, { id, token }, leaseUntil))
  }
  const onError = (error: unknown) => deps.log?.warn({ err: error }, 'the lease of an idempotency key could not be renewed')
  return keepLease(leaseMs(deps) / 3, renew, onError, () => new IdempotencyError('idempotency.in_progress'))
}

async function release<Tx>({ deps, id, token }: Run<Tx>): Promise<void> {
  try {
    await deps.transaction((tx) => deps.store.release(tx, { id, token }))
  } catch (error) {
    deps.log?.warn({ err: error }, 'an idempotency key could not be released: it is free when its lease ends')
  }
}

const leaseMs = <Tx>(deps: IdempotencyDeps<Tx>): number => deps.leaseMs ?? 10_000

const now = async <Tx>(deps: IdempotencyDeps<Tx>): Promise<number> => (deps.clock ?? Date.now)()

const predecessorAt = (place: Place): string | undefined => (place.state === 'lapsed' ? place.token : undefined)

async function reachable<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DatabaseUnavailable')) throw error
    throw new IdempotencyError('idempotency.store_unavailable', { cause: error })
  }
}
