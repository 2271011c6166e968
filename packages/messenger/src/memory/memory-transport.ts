import { AsyncLocalStorage } from 'node:async_hooks'
import { type Delivery, type HandleOptions, type Handler, handle } from '../handle.ts'
import type { Contract } from '../message.ts'
import type {
  Change,
  Deliveries,
  Expected,
  LaneStats,
  MessageReads,
  MessageState,
  MessageWrites,
  StoredMessage,
  Transport,
} from '../transport.ts'
import { type Kept, MemoryTransaction } from './memory-transaction.ts'

export type { MemoryTransaction } from './memory-transaction.ts'

/** `handle` with this transport's transactions instead of SQL's. */
export const handleInMemory = <Input, Output>(
  contract: Contract<Input, Output>,
  handler: (delivery: Delivery<Output, MemoryTransaction>) => Promise<unknown>,
  options?: HandleOptions,
): Handler<MemoryTransaction> => handle(contract, handler, options)

export interface MemoryOptions {
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

/**
 * Messages that live and die with the process, for tests and for work that may be lost. Transactions run one after the other, as on SQLite.
 * Every look goes through all messages: meant for thousands, not millions.
 */
export function memoryTransport({ clock = Date.now }: MemoryOptions = {}): Transport<MemoryTransaction> {
  const kept: Kept = { messages: new Map(), attempts: new Map() }
  const inside = new AsyncLocalStorage<true>()
  let last: Promise<unknown> = Promise.resolve()

  const runAlone = async <Result>(work: (tx: MemoryTransaction) => Promise<Result>): Promise<Result> => {
    const tx = new MemoryTransaction(kept)
    const result = await inside.run(true, () => work(tx))
    tx.commit()
    return result
  }

  return {
    name: 'memory',
    capabilities: new Set(['ordered']),
    now: async () => clock(),
    transaction: (work) => {
      if (inside.getStore()) throw new Error('a transaction was opened inside a transaction: use the tx at hand')
      const result = last.then(() => runAlone(work))
      last = result.catch(() => undefined)
      return result
    },
    writes,
    deliveries: deliveries(kept),
    reads: reads(kept),
  }
}

const writes: MessageWrites<MemoryTransaction> = {
  insert: async (tx, message) => {
    const { name, dedupeKey } = message
    const taken = dedupeKey === null ? undefined : tx.all().find((each) => each.name === name && each.dedupeKey === dedupeKey)
    if (taken === undefined) tx.put(message)
    return taken?.id ?? message.id
  },
  move: async (tx, id, expected, change) => move(tx, id, expected, change),
  moveAll: async (tx, ids, expected, change) => ids.filter((id) => move(tx, id, expected, change)).length,
  heldUnder: async (tx, ids, leaseToken) => new Set(ids.filter((id) => tx.get(id)?.leaseToken === leaseToken)),
  addFailedAttempt: async (tx, attempt) => tx.addAttempt(attempt),
  remove: async (tx, id, state) => {
    const isThere = tx.get(id)?.state === state
    if (isThere) tx.remove(id)
    return isThere
  },
}

function move(tx: MemoryTransaction, id: string, expected: Expected, change: Change): boolean {
  const message = tx.get(id)
  if (message === undefined || !fits(message, expected)) return false
  tx.put({ ...message, ...change })
  return true
}

const deliveries = (kept: Kept): Deliveries<MemoryTransaction> => ({
  nextAt: async (lane) => {
    const ofLane = [...kept.messages.values()].filter((message) => message.lane === lane)
    const instants = ofLane.map(freeAt).filter((instant) => instant !== null)
    return instants.length === 0 ? undefined : Math.min(...instants)
  },
  due: async (tx, lane, now, limit) => {
    const due = tx.all().filter((message) => message.state === 'pending' && message.lane === lane && message.dueAt <= now)
    return due.toSorted(byDue).slice(0, limit)
  },
  lapsed: async (tx, lane, now, limit) => {
    const lapsed = tx.all().filter((message) => message.state === 'leased' && message.lane === lane && Number(message.leaseUntil) <= now)
    return lapsed.toSorted(byDue).slice(0, limit)
  },
})

const reads = (kept: Kept): MessageReads => {
  const where = (test: (message: StoredMessage) => boolean) => [...kept.messages.values()].filter(test)
  return {
    find: async (id) => kept.messages.get(id),
    failedAttempts: async (messageId) => [...(kept.attempts.get(messageId) ?? [])],
    page: async ({ state, lane, name, tenant, after, limit }) => {
      const isOf = (each: StoredMessage) => (name === null || each.name === name) && (tenant === null || each.tenant === tenant)
      const found = where((each) => each.state === state && each.lane === lane && isOf(each) && byDue(each, after) > 0)
      return found.toSorted(byDue).slice(0, limit)
    },
    ofStory: async (correlationId, limit) =>
      where((each) => each.correlationId === correlationId)
        .toSorted((a, b) => a.createdAt - b.createdAt || compare(a.id, b.id))
        .slice(0, limit),
    handledBefore: async (state, instant, limit) =>
      where((each) => each.state === state && each.handledAt !== null && each.handledAt < instant)
        .map(({ id }) => id)
        .slice(0, limit),
    stats: async (now) =>
      [...Map.groupBy(kept.messages.values(), ({ lane }) => lane)].map(([lane, ofLane]) => laneStats(lane, ofLane, now)),
  }
}

function laneStats(lane: string, messages: readonly StoredMessage[], now: number): LaneStats {
  const inState = (state: MessageState) => messages.filter((message) => message.state === state)
  const waiting = inState('pending').filter(({ dueAt }) => dueAt <= now)
  const delayed = inState('pending').filter(({ dueAt }) => dueAt > now)
  return {
    lane,
    waiting: waiting.length,
    dispatched: 0,
    delayed: delayed.length,
    running: inState('leased').length,
    failed: inState('failed').length,
    handledLastMinute: inState('done').filter(({ handledAt }) => Number(handledAt) > now - 60_000).length,
    oldestWaitingAt: earliest(waiting, 'dueAt'),
    oldestRunningAt: earliest(inState('leased'), 'startedAt'),
    oldestFailedAt: earliest(inState('failed'), 'handledAt'),
    nextDueAt: earliest(delayed, 'dueAt'),
  }
}

const earliest = (messages: readonly StoredMessage[], property: 'dueAt' | 'startedAt' | 'handledAt') =>
  messages.length === 0 ? null : Math.min(...messages.map((message) => Number(message[property])))

function freeAt({ state, dueAt, leaseUntil }: StoredMessage): number | null {
  if (state === 'pending') return dueAt
  return state === 'leased' ? leaseUntil : null
}

const fits = (message: StoredMessage, expected: Partial<StoredMessage>) =>
  Object.entries(expected).every(([property, value]) => message[property as keyof StoredMessage] === value)

const byDue = (a: Pick<StoredMessage, 'dueAt' | 'id'>, b: Pick<StoredMessage, 'dueAt' | 'id'>) => a.dueAt - b.dueAt || compare(a.id, b.id)

const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b))
