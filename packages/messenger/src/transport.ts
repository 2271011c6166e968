import type { LaneShare } from './lanes.ts'

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
 * A leased message whose lease ran out is leased anew, or failed when that was its last attempt. With a broker, pending -> dispatched -> leased,
 * and whatever else may become of a pending one; dispatched -> pending when the broker did not take it, or lost it.
 */
export type MessageState = 'pending' | 'dispatched' | 'leased' | 'done' | 'failed' | 'cancelled' | 'expired'

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
  /** While dispatched: from then on the broker is taken to have lost it. */
  readonly leaseUntil: number | null
  /** When it was last handed to the broker. Null where there is none. */
  readonly dispatchedAt: number | null
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
  Pick<
    StoredMessage,
    'state' | 'dueAt' | 'attempt' | 'leaseToken' | 'leaseUntil' | 'dispatchedAt' | 'startedAt' | 'worker' | 'handledAt' | 'lastError'
  >
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
  /** Those of the waiting that are with the broker. */
  readonly dispatched: number
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
  /** The same for many, each for itself. Answers how many were changed. */
  moveAll(tx: Tx, ids: readonly string[], expected: Expected, change: Change): Promise<number>
  /** Those of them that are held under this token. */
  heldUnder(tx: Tx, ids: readonly string[], leaseToken: string): Promise<ReadonlySet<string>>
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

/**
 * What stands between the table and the workers and carries what is due. The table decides all the same: a delivery only says which row to look
 * at, so one that is doubled, late or lost does no harm.
 */
export interface Broker<Tx extends Transaction> extends Carrier {
  readonly dueRows: DueRows<Tx>
  /** For `worker.run`: brings up to `slots` of each lane at once, and rings with each. Connects by itself, again and again. */
  consume(lanes: LaneSlots, intake: Intake, ring: () => void): Inbox<Tx>
  /** For `worker.runOnce`: brings only what it is asked for. Throws `messenger.broker_unavailable`. */
  pull(lanes: LaneSlots, intake: Intake): Promise<Inbox<Tx>>
}

/** Messages that no row speaks of. */
export interface Intake {
  readonly takeIn: TakeIn
  /** One of ours that was sent without a row. Answers whether the broker may forget it; else it must come again. Never rejects. */
  readonly receive: (message: StoredMessage, isRedelivered: boolean) => Promise<boolean>
}

/** Keeps a message of another system in the table. Throws when it could not: then it must come again. */
export type TakeIn = (foreign: ForeignMessage) => Promise<void>

/** A message that another system put into one of our queues, as it came. */
export interface ForeignMessage {
  readonly lane: string
  /** Its message id: another one with the same id is the same. */
  readonly id: string | null
  /** The header `type`, as Symfony Messenger sends it, else the property. */
  readonly type: string | null
  readonly correlationId: string | null
  readonly headers: Readonly<Record<string, unknown>>
  readonly bytes: Uint8Array
  /** How often it came before and was not settled. */
  readonly redeliveries: number
}

/** Messages at once, by lane. */
export type LaneSlots = ReadonlyMap<string, number>

/** The way into the broker. */
export interface Carrier {
  /** How many more of a lane it should be given for now. Throws `messenger.broker_unavailable`. */
  room(lane: string): Promise<number>
  /** Answers the ids of those that it has surely kept. Ends by its own deadline and does not throw. */
  carry(parcels: readonly Parcel[]): Promise<ReadonlySet<string>>
}

export interface Parcel {
  readonly message: StoredMessage
  /** For other systems: undefined where it goes to our own workers. */
  readonly foreign: ForeignForm | undefined
  /** It has no row: the broker must carry all of it. */
  readonly isDirect?: boolean
}

/** A message in the shape of other systems. */
export interface ForeignForm {
  /** What its readers bind their queues by, and know it by: `file.trashed`. Sent as the header `type` too, as Symfony Messenger does. */
  readonly type: string
  /** Becomes JSON. */
  readonly body: unknown
  /** Stamps of Symfony Messenger, say: `X-Message-Stamp-…`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Rows that the broker should have. */
export interface DueRows<Tx extends Transaction> {
  /** When the next pending message of a lane is due. */
  nextAt(lane: string): Promise<number | undefined>
  /**
   * Moves what is pending and due to `dispatched`, in the order it fell due, under a token and a lease. Past `leaseUntil` it counts as lost.
   */
  claim(tx: Tx, claim: DueClaim): Promise<StoredMessage[]>
  /** Whatever is dispatched past its lease is pending again. Answers how many. */
  reclaim(tx: Tx, lane: string, now: number): Promise<number>
}

export interface DueClaim {
  readonly lane: string
  readonly now: number
  readonly limit: number
  readonly token: string
  readonly leaseUntil: number
}

/** The way out of the broker, for one worker. */
export interface Inbox<Tx extends Transaction> extends Deliveries<Tx>, AsyncDisposable {
  /** Brings messages within reach of `due`, as far as they are not yet. */
  fetch(shares: readonly LaneShare[]): Promise<void>
  /** A claim got it: it stays with this worker until `through`, also when the connection is lost meanwhile. */
  taken(messageId: string): void
  /** Its row says all there is to say: the broker may forget it. */
  through(messageId: string): void
  /** Takes no more. What no claim got goes back to the broker. */
  stop(): Promise<void>
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
  /** Where messages go through a broker on their way from the table to the workers. */
  readonly broker?: Broker<Tx>
  readonly reads: MessageReads
}
