import { randomUUID } from 'node:crypto'
import { isLasting } from './answer.ts'
import { type AnyCommit, type Committed, type Effect, runCommitting } from './commit.ts'
import { judge, type Place, take } from './find-place.ts'
import { recordId } from './fingerprint.ts'
import { IdempotencyError } from './idempotency-error.ts'
import { type Claim, KeyTaken } from './key-store.ts'
import type { Attempt, IdempotencyDeps, KeyedRequest, Outcome } from './keyed-request.ts'
import { keepLease } from './lease.ts'
import { seal, unseal } from './seal.ts'
import { type WrittenAnswer, writeAnswer } from './write-answer.ts'

/** The keys that this process writes at the moment, each with a promise that resolves when that is over. */
export type Writing = Map<string, Promise<unknown>>

interface Run<Tx> {
  readonly deps: IdempotencyDeps<Tx>
  readonly request: KeyedRequest
  readonly id: string
  readonly token: string
  readonly writing: Writing
  bodyDigest: string | undefined
}

type Work<Tx> = (attempt: Attempt<Tx>) => Promise<Committed>
type Write<Tx> = (effect: Effect<Tx>) => Promise<Outcome>

/** One request with a key, from the look-up to its answer. */
export async function runOnce<Tx>(deps: IdempotencyDeps<Tx>, writing: Writing, request: KeyedRequest, work: Work<Tx>): Promise<Outcome> {
  const bodyDigest = typeof request.bodyDigest === 'string' ? request.bodyDigest : undefined
  const run: Run<Tx> = { deps, request, id: recordId(request.scope, request.key), token: randomUUID(), writing, bodyDigest }
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
      const outcome = await writeInTurn(run, place, effect)
      if (outcome !== undefined) return outcome
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

/** Undefined where an equal request was quicker: then it is time to look again. */
async function writeInTurn<Tx>(run: Run<Tx>, place: Place, effect: Effect<Tx>): Promise<Outcome | undefined> {
  const { id, writing } = run
  const other = writing.get(id)
  if (other !== undefined) {
    await other
    return undefined
  }
  const mine = writeOrFind(run, place, effect)
  const settled: Promise<unknown> = mine.catch(() => undefined).finally(() => writing.delete(id))
  writing.set(id, settled)
  return mine
}

/** An equal request on another process may be the reason why this one fails: once its effect is seen, its answer is too. */
async function writeOrFind<Tx>(run: Run<Tx>, place: Place, effect: Effect<Tx>): Promise<Outcome | undefined> {
  try {
    const { answer, isKept } = await writeAt(run, place, effect)
    const outcome = { answer, replayed: false }
    return isKept ? outcome : ((await findAnswer(run)) ?? outcome)
  } catch (error) {
    if (error instanceof KeyTaken) return undefined
    const found = error instanceof IdempotencyError ? undefined : await findAnswer(run)
    if (found === undefined) throw error
    return found
  }
}

async function findAnswer<Tx>(run: Run<Tx>): Promise<Outcome | undefined> {
  const found = await findPlace(run).catch(() => undefined)
  return found !== undefined && 'answer' in found ? found : undefined
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
      const isFree = place !== 'held' && place.state === 'free'
      if (place !== 'held' && !isFree && !(await take(deps.store, tx, place, claimOf(run, at, at), at))) throw new KeyTaken()
      const answer = await runEffect()
      await deps.checkpoint?.('effect-written')
      const completion = { answer: request.sealed ? seal(answer, request.key) : answer, bodyDigest, expiresAt }
      if (isFree) await deps.store.insertCompleted(tx, claimOf(run, at, at), completion)
      else if (!(await deps.store.complete(tx, { id, token }, completion))) throw new IdempotencyError('idempotency.in_progress')
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

function leaseOf<Tx>({ deps, request, id, token }: Run<Tx>) {
  const renew = async (): Promise<boolean> => {
    if (request.isAbandoned?.() === true) return true
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
