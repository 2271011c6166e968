import type { Answer } from './answer.ts'

declare const brand: unique symbol

/** Proof that a route's effect was committed. Only `commit` makes one. */
export interface Committed {
  readonly [brand]: true
}

/** Writes what a route does, in one transaction with its answer. May be run again whole, so it does no I/O but SQL. */
export type Effect<Tx> = (tx: Tx) => Promise<Answer>

export type Commit<Tx> = (effect: Effect<Tx>) => Promise<Committed>

/** For a body that the route itself reads: only then is it known what its bytes were. */
export type StreamedCommit<Tx> = (effect: Effect<Tx>, body: { readonly bodyDigest: string }) => Promise<Committed>

export type AnyCommit<Tx> = (effect: Effect<Tx>, body?: { readonly bodyDigest: string }) => Promise<Committed>

/** Runs `work`, whose one `commit` calls `write`. Throws when it ends without having committed, or commits twice. */
export async function runCommitting<Tx, Written>(
  write: (effect: Effect<Tx>, bodyDigest: string | undefined) => Promise<Written>,
  work: (commit: AnyCommit<Tx>) => Promise<Committed>,
): Promise<Written> {
  let isCalled = false
  let done: { readonly committed: Committed; readonly written: Written } | undefined
  const returned = await work(async (effect, body) => {
    if (isCalled) throw new Error('commit was called twice: a request has one effect')
    isCalled = true
    const written = await write(effect, body?.bodyDigest)
    done = { committed: Object.freeze({}) as Committed, written }
    return done.committed
  })
  if (done === undefined || done.committed !== returned) throw new Error('the route ended without what its commit gave it')
  return done.written
}
