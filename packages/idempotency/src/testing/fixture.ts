import {
  type Answer,
  type Attempt,
  type Committed,
  createIdempotency,
  type Idempotency,
  type IdempotencyDeps,
  type IdempotencyErrorCode,
  type KeyedRequest,
  type KeyStore,
  type Outcome,
} from '../index.ts'

/** A store with the transactions it takes part in, and something to write in them. */
export interface OpenedStore<Tx> {
  readonly store: KeyStore<Tx>
  readonly transaction: IdempotencyDeps<Tx>['transaction']
  /** Writes a note that is gone when the transaction is rolled back. */
  readonly note: (tx: Tx, text: string) => Promise<void>
  /** The notes that are committed, in their order. */
  readonly notes: () => Promise<string[]>
  readonly close: () => Promise<void>
}

/** By the clock of the test. By the machine's, none is renewed while a test goes on. */
export const leaseMs = 600_000
export const ttlMs = 6_000_000
export const claims = ['with-effect', 'before'] as const

export class Problem extends Error {
  readonly status: number

  constructor(status: number) {
    super(`problem ${status}`)
    this.status = status
  }
}

const problem = (error: unknown): Answer => ({
  status: error instanceof Problem ? error.status : 500,
  headers: { 'content-type': 'application/problem+json' },
  body: { title: error instanceof Error ? error.message : 'unknown' },
})

export const request = (changes: Partial<KeyedRequest> = {}): KeyedRequest => ({
  scope: { tenant: 'tenant', principal: 'principal' },
  key: 'key',
  headDigest: 'head',
  bodyDigest: 'body',
  claim: 'with-effect',
  problem,
  ...changes,
})

export const text = ({ answer }: Outcome): string => Buffer.from(answer.body).toString()

export const refusedWith = (code: IdempotencyErrorCode) => ({ name: 'IdempotencyError', code })

/** One test's store, clock and requests. */
export class Fixture<Tx> {
  readonly opened: OpenedStore<Tx>
  now = Date.now()
  /** How often the work of a request was begun. */
  runs = 0
  /** Resolves when the test is over: what waits for it stands still until then, as a process that crashed or hangs. */
  readonly end: Promise<void>
  readonly #resolveEnd: () => void
  readonly #running: Promise<unknown>[] = []

  constructor(opened: OpenedStore<Tx>) {
    this.opened = opened
    const { promise, resolve } = Promise.withResolvers<void>()
    this.end = promise
    this.#resolveEnd = resolve
  }

  on(changes: Partial<IdempotencyDeps<Tx>> = {}): Idempotency<Tx> {
    const { store, transaction } = this.opened
    return createIdempotency({ store, transaction, ttlMs, leaseMs, clock: () => this.now, ...changes })
  }

  /** Notes and answers the number of its run. */
  count(attempt: Attempt<Tx>, answer: Partial<Answer> = {}): Promise<Committed> {
    this.runs += 1
    const run = this.runs
    return attempt.commit(async (tx) => {
      await this.opened.note(tx, `run ${run}`)
      return { status: 201, body: { run }, ...answer }
    })
  }

  ask(changes: Partial<KeyedRequest> = {}, idempotency: Idempotency<Tx> = this.on()): Promise<Outcome> {
    return idempotency.runOnce(request(changes), (attempt) => this.count(attempt))
  }

  /** A request that has claimed its key and waits to be told to go on. */
  held(idempotency: Idempotency<Tx> = this.on(), changes: Partial<KeyedRequest> = {}) {
    const { promise: claimed, resolve } = Promise.withResolvers<Attempt<Tx>>()
    const { promise: goes, resolve: goOn } = Promise.withResolvers<void>()
    const outcome = idempotency.runOnce(request({ claim: 'before', ...changes }), async (attempt) => {
      resolve(attempt)
      await Promise.race([goes, this.end])
      return this.count(attempt)
    })
    return { claimed, goOn, outcome: this.track(outcome) }
  }

  /** Waits for the request when the test is over. */
  track(outcome: Promise<Outcome>): Promise<Outcome> {
    this.#running.push(outcome.catch(() => undefined))
    return outcome
  }

  async close(): Promise<void> {
    this.#resolveEnd()
    await Promise.all(this.#running)
    await this.opened.close()
  }
}

/** A fixture is made anew for each test; the tests of a suite reach it through this. */
export type CurrentFixture<Tx> = () => Fixture<Tx>
