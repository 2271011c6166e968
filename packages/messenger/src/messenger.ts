import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Bell } from './bell.ts'
import type { Around, Observe } from './deliver.ts'
import { createSend, type Send } from './direct-send.ts'
import type { Stamp } from './envelope.ts'
import { createFailedStore, type FailedStore } from './failed.ts'
import type { Scrub } from './failed-attempt.ts'
import { type Incoming, takeIn } from './foreign.ts'
import { createForwarder } from './forwarder.ts'
import type { Handler } from './handle.ts'
import { defaultLaneOptions, defaultLanes, defaultSlots, type LaneOptions } from './lanes.ts'
import { type Log, silentLog } from './log.ts'
import type { Contract } from './message.ts'
import { createOutbox, type Outbox, type OutboxDeps } from './outbox.ts'
import type { Outgoing } from './outgoing.ts'
import { type PruneOptions, prune } from './prune.ts'
import { createReceipts } from './receipts.ts'
import { createRelay, type Relay } from './relay.ts'
import { defaultRetry, type RetryPolicy } from './retry.ts'
import { createSchedule, type Schedule } from './schedule.ts'
import { settlementInRows } from './settlement.ts'
import { laneStats } from './stats.ts'
import { type MessageHistory, tellStory } from './story.ts'
import type { Capability, LaneStats, Transaction, Transport } from './transport.ts'
import { checkWiring, checkWorker, refuse } from './wiring.ts'
import { createWorker, type Worker } from './worker.ts'
import type { WorkerLimits } from './worker-limits.ts'

export interface MessengerOptions<Tx extends Transaction> {
  readonly transport: Transport<Tx>
  /** What the transport must be able to promise. */
  readonly needs?: readonly Capability[]
  /** Every message that may be dispatched or handled. */
  readonly contracts: readonly Contract[]
  /** One for each contract. Left out in a process that only dispatches. */
  readonly handlers?: readonly Handler<Tx>[]
  /** How messages of other systems are read. What nobody reads goes to the failed store. */
  readonly incoming?: readonly Incoming[]
  /** Contracts whose messages go to other systems: they have no handler. Needs a broker. */
  readonly outgoing?: readonly Outgoing[]
  /** `high`, `low` and `external` by default. */
  readonly lanes?: readonly string[]
  /** Asked at each dispatch. Without it a message begins a story named by its own id. */
  readonly stamp?: () => Stamp
  readonly around?: Around
  readonly observe?: Observe
  readonly retry?: Partial<RetryPolicy>
  /** Of a payload as JSON. 256 KiB by default. */
  readonly maxMessageBytes?: number
  /** For handlers that name none of their own. 15 minutes by default. */
  readonly timeLimitMs?: number
  /**
   * What the broker confirmed and no worker took for so long was lost there, and is dispatched again. 180,000 by default; of no use without
   * a broker.
   */
  readonly lostAfterMs?: number
  /** Takes secrets out of the texts of errors before they are kept. */
  readonly scrub?: Scrub
  readonly log?: Log
  /** Stands in for Math.random in the jitter. */
  readonly random?: () => number
}

export interface WorkerOptions {
  /** The lanes it serves; all of them by default. */
  readonly lanes?: Readonly<Record<string, LaneOptions>>
  /** Messages in work at once, over all lanes: 64 by default, or all that the lanes may hold where that is less. Keep it above what the slow ones may hold. */
  readonly slots?: number
  /** 10,000 by default; renewed while a handler runs. */
  readonly leaseMs?: number
  /** 10,000 by default. */
  readonly graceMs?: number
  readonly limits?: WorkerLimits
  readonly name?: string
}

export interface Messenger<Tx extends Transaction> {
  /** The bus inside the caller's transaction. */
  outbox(tx: Tx): Outbox
  /**
   * Outside of any transaction, straight to the broker, with no row and no receipt: for what may take effect more than once and is wanted
   * now. Resolves with the message's id when the broker has it on disk. Its first failure makes it a row, and from then on it is like any other.
   * Where there is no broker it is a row from the beginning. Throws what `dispatch` throws, and `messenger.broker_unavailable`: then it may have been sent.
   */
  send: Send
  worker(options?: WorkerOptions): Worker
  /**
   * Brings what is due to the broker: for a process that dispatches and has no worker, since a worker does this too. Undefined where workers
   * read the table themselves.
   */
  readonly relay: Relay | undefined
  readonly failed: FailedStore
  readonly schedule: Schedule
  /** Each lane of the messenger, and any other that still holds messages. */
  stats(): Promise<LaneStats[]>
  /** The messages of one correlation id with their attempts, oldest first. */
  story(correlationId: string): Promise<MessageHistory[]>
  /** Removes old messages that came to a good end, one batch a call. Answers how many. */
  prune(options: PruneOptions): Promise<number>
}

/** Throws `messenger.misconfigured` with every problem at once. */
export function createMessenger<Tx extends Transaction>(options: MessengerOptions<Tx>): Messenger<Tx> {
  const { transport, contracts, handlers, needs = [], lanes = defaultLanes, stamp, log = silentLog } = options
  const retry = { ...defaultRetry, ...options.retry }
  const { timeLimitMs = 15 * 60_000, outgoing = [] } = options
  checkWiring({ transport, outgoing, needs, lanes, contracts, handlers, retry, timeLimitMs })

  const bells = new Set<Bell>()
  const ring = () => {
    for (const bell of bells) bell.ring()
  }
  const routes = new Map(contracts.map((contract) => [contract.name, contract]))
  const maxMessageBytes = options.maxMessageBytes ?? 256 * 1_024
  const { reads, broker } = transport
  const { lostAfterMs = 180_000 } = options
  const carrying = broker && { transport, broker, lostAfterMs, log, outgoing: new Map(outgoing.map((each) => [each.contract.name, each])) }
  const forwarder = carrying && createForwarder({ ...carrying, ring })
  const relay = carrying && forwarder && createRelay({ ...carrying, forwarder, lanes, bells })
  const sending: OutboxDeps<Tx> = { transport, routes, lanes, maxMessageBytes, stamp, forwarder, ring }
  const outbox = (tx: Tx) => createOutbox(sending, tx)
  const send: Send =
    carrying === undefined
      ? (contract, payload, choice) => transport.transaction((tx) => outbox(tx).dispatch(contract, payload, choice))
      : createSend({ ...sending, ...carrying })

  return {
    outbox,
    send,
    worker: ({ lanes: served = defaultsOf(lanes), leaseMs = 10_000, graceMs = 10_000, limits = {}, name = workerName(), ...rest } = {}) => {
      if (handlers === undefined) refuse('the worker is not set up', ['this messenger has no handlers'])
      const slots = rest.slots ?? Math.min(defaultSlots, slotsOf(served))
      checkWorker(lanes, served, { slots, leaseMs })
      return createWorker(
        {
          transport,
          settlement: settlementInRows(transport, createReceipts(transport)),
          bells,
          relay,
          takeIn: (foreign) => takeIn({ ...sending, transport, incoming: options.incoming ?? [], maxAttempts: retry.maxAttempts }, foreign),
          retry,
          log,
          handlers: new Map((handlers ?? []).map((handler) => [handler.contract.name, handler])),
          outboxAfter: ({ id: causationId, correlationId, traceparent, tenant }, tx) =>
            createOutbox(
              { ...sending, stamp: () => ({ correlationId, causationId, tenant, traceparent: stamp?.().traceparent ?? traceparent }) },
              tx,
            ),
          around: options.around ?? ((_, run) => run()),
          observe: options.observe ?? (() => undefined),
          timeLimitMs,
          random: options.random ?? Math.random,
          scrub: options.scrub ?? ((text) => text),
        },
        { name, lanes: new Map(Object.entries(served)), slots, leaseMs, graceMs, limits },
      )
    },
    relay,
    failed: createFailedStore({ transport, lanes, outbox }),
    schedule: createSchedule({ transport, lanes, outbox }),
    stats: () => laneStats(transport, lanes),
    story: (correlationId) => tellStory(reads, correlationId),
    prune: (which) => prune(transport, which),
  }
}

const defaultsOf = (lanes: readonly string[]) =>
  Object.fromEntries(lanes.map((lane) => [lane, defaultLaneOptions[lane] ?? { slots: 16, weight: 1 }]))

const slotsOf = (lanes: Readonly<Record<string, LaneOptions>>) => Object.values(lanes).reduce((sum, { slots }) => sum + slots, 0)

const workerName = () => `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`
