/**
 * What a transport may promise beyond carrying messages. A messenger that `needs` one its transport lacks is not built.
 * - `durable`: what was committed outlives the process
 * - `shared`: several processes work on the same messages
 * - `ordered`: one slot of one worker gets the messages of a lane in the order they fall due, ties in the order of dispatch
 */
export type Capability = 'durable' | 'shared' | 'ordered'

/** An open transaction. What was staged in it counts when it commits, and never happened when it rolls back. */
export interface Transaction {
  /** Runs once the commit is durable, never after a rollback. Must not throw. */
  afterCommit(callback: () => void): void
}

/**
 * pending -> leased -> done | failed | pending (again, later) · pending -> cancelled | expired · failed -> pending (by an operator).
 * A leased message whose lease ran out is leased anew, or failed when that was its last attempt.
 */
export type MessageState = 'pending' | 'leased' | 'done' | 'failed' | 'cancelled' | 'expired'

/** A message as it is kept. Instants are milliseconds since 1970 by the transport's clock. */
export interface StoredMessage {
  readonly id: string
  readonly name: string
  readonly lane: string
  /** JSON as it was dispatched, or whatever bytes came in its place: decoding is the worker's business. */
  readonly payload: string
  readonly correlationId: string
  readonly causationId: string | null
  readonly traceparent: string | null
  readonly tenant: string | null
  readonly dedupeKey: string | null
  readonly createdAt: number
  readonly dueAt: number
  /** Later than this it is `expired` and no longer handled. */
  readonly notAfter: number | null
  readonly state: MessageState
  /** Attempts begun since it was dispatched, or since an operator sent it round again. */
  readonly attempt: number
  /** While leased: names this delivery and no other. Whoever no longer holds it can neither commit nor settle. */
  readonly leaseToken: string | null
  readonly leaseUntil: number | null
  /** Start and worker of the last attempt. */
  readonly startedAt: number | null
  readonly worker: string | null
  /** When it became done, failed, cancelled or expired. */
  readonly handledAt: number | null
  /** First line of the last error. Its stack is with the attempt. */
  readonly lastError: string | null
}

/** An attempt that did not end well. The one that did is told by the message itself. */
export interface FailedAttempt {
  readonly id: string
  readonly messageId: string
  readonly attempt: number
  readonly worker: string
  readonly startedAt: number
  readonly endedAt: number
  /** Stack and causes. */
  readonly error: string
}

/** What a move may expect: compared with the row as it is now. */
export type Expected = Pick<StoredMessage, 'state'> & Partial<Pick<StoredMessage, 'attempt' | 'leaseToken' | 'leaseUntil'>>

/** What a move may change. */
export type Change = Partial<
  Pick<StoredMessage, 'state' | 'dueAt' | 'attempt' | 'leaseToken' | 'leaseUntil' | 'startedAt' | 'worker' | 'handledAt' | 'lastError'>
>

export interface PageQuery {
  readonly state: MessageState
  readonly lane: string
  /** Null for any; so too the tenant. */
  readonly name: string | null
  readonly tenant: string | null
  /** Exclusive; in the order of `dueAt`, then `id`. */
  readonly after: { readonly dueAt: number; readonly id: string }
  readonly limit: number
}

export interface LaneStats {
  readonly lane: string
  /** Due and not yet taken. */
  readonly waiting: number
  /** Due later: delayed or between two attempts. */
  readonly delayed: number
  readonly running: number
  readonly failed: number
  readonly handledLastMinute: number
  /** Since when the oldest waits, runs or stands failed; when the next delayed one is due. Null where there is none. */
  readonly oldestWaitingAt: number | null
  readonly oldestRunningAt: number | null
  readonly oldestFailedAt: number | null
  readonly nextDueAt: number | null
}

/** Writes, in a transaction. Each is one statement's worth: what to do when lives in the worker, the outbox and the stores. */
export interface MessageWrites<Tx extends Transaction> {
  /** The id it is kept under: its own, or that of the message that has the same name and dedupe key. */
  insert(tx: Tx, message: StoredMessage): Promise<string>
  /** Compare-and-set. False when the row is gone or not as expected; nothing was changed then. */
  move(tx: Tx, id: string, expected: Expected, change: Change): Promise<boolean>
  addFailedAttempt(tx: Tx, attempt: FailedAttempt): Promise<void>
  /** With its attempts. False when it is gone or in another state. */
  remove(tx: Tx, id: string, state: MessageState): Promise<boolean>
}

/** What this worker may take: what is due in the table itself, or what a broker has delivered. */
export interface Deliveries<Tx extends Transaction> {
  /** When there is something to take in a lane, at the earliest: a message falls due or a lease runs out. */
  nextAt(lane: string): Promise<number | undefined>
  /** Ready to be taken, in the order they fell due. */
  due(tx: Tx, lane: string, now: number, limit: number): Promise<StoredMessage[]>
  /** Leased by a worker that neither settled nor renewed in time. */
  lapsed(tx: Tx, lane: string, now: number, limit: number): Promise<StoredMessage[]>
}

/** Reads of what is committed. */
export interface MessageReads {
  find(id: string): Promise<StoredMessage | undefined>
  failedAttempts(messageId: string): Promise<FailedAttempt[]>
  /** In the order of `dueAt`, then `id`. */
  page(query: PageQuery): Promise<StoredMessage[]>
  /** In the order of creation. */
  ofStory(correlationId: string, limit: number): Promise<StoredMessage[]>
  handledBefore(state: MessageState, instant: number, limit: number): Promise<string[]>
  stats(now: number): Promise<LaneStats[]>
}

export interface Transport<Tx extends Transaction> {
  readonly name: string
  readonly capabilities: ReadonlySet<Capability>
  /** The clock that decides what is due, in milliseconds since 1970. */
  now(): Promise<number>
  /** Settles when the outcome is durable. `work` may be run again whole after a conflict, and is not nested. */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>
  readonly writes: MessageWrites<Tx>
  readonly deliveries: Deliveries<Tx>
  readonly reads: MessageReads
}
