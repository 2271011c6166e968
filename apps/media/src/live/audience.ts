import { randomUUID } from 'node:crypto'
import { Failure } from '../kernel/failure.ts'
import { type EventStream, mayHearBelow, receives, type Subscriber, type Subscription, type Verdicts } from './subscriber.ts'
import { toServerSentEvent } from './update.ts'
import type { LoggedUpdate } from './update-log.ts'

export interface AudienceLimits {
  readonly maxConnections: number
  readonly maxConnectionsPerPrincipal: number
  /** A subscriber that leaves more than this untaken is ended: it comes back, and its history is replayed. */
  readonly maxBufferedBytes: number
}

/** Hears of each subscriber that comes or goes. */
export interface AudienceWatch {
  /** The updates that tell of that have topics below this. */
  readonly root: string
  came(subscriber: Subscriber): void
  went(subscriber: Subscriber): void
}

export interface AudienceDeps {
  readonly watch: AudienceWatch | undefined
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly limits: AudienceLimits
}

/** Those who are connected to this process, and what each of them is sent. */
export function createAudience({ clock, limits, watch }: AudienceDeps) {
  const subscribers = new Set<Subscriber>()
  /** Those who have seen all that was dispatched, and are sent what comes. */
  const live = new Set<Subscriber>()
  /** Those among them who may be told of the others: few, so that many who come are not a matter of each of many. */
  const watchers = new Set<Subscriber>()
  const counts = new Map<string, number>()
  const countOf = (principal: string): number => counts.get(principal) ?? 0

  const admit = (principal: string): void => {
    if (subscribers.size >= limits.maxConnections) throw tooMany('the hub serves as many connections as it may')
    if (countOf(principal) >= limits.maxConnectionsPerPrincipal) throw tooMany('you have as many connections open as you may')
  }

  const end = (subscriber: Subscriber): void => {
    live.delete(subscriber)
    watchers.delete(subscriber)
    if (!subscribers.delete(subscriber)) return
    const left = countOf(subscriber.principal) - 1
    if (left > 0) counts.set(subscriber.principal, left)
    else counts.delete(subscriber.principal)
    subscriber.stream.end()
    watch?.went(subscriber)
  }

  const write = (subscriber: Subscriber, text: string): void => {
    if (subscriber.stream.bufferedBytes() > limits.maxBufferedBytes) {
      end(subscriber)
      return
    }
    subscriber.stream.write(text)
    subscriber.writtenAt = clock()
  }

  const offer = (subscriber: Subscriber, update: LoggedUpdate, text: string, verdicts: Verdicts): void => {
    if (update.position <= subscriber.position) return
    subscriber.position = update.position
    if (subscriber.expiresAt <= clock()) end(subscriber)
    else if (receives(subscriber, update, verdicts)) write(subscriber, text)
  }

  return {
    /** Throws `live.too_many_connections` before anything is opened. */
    add: (subscription: Subscription, position: number, open: () => EventStream): Subscriber => {
      admit(subscription.principal)
      const subscriber = { ...subscription, id: `urn:uuid:${randomUUID()}`, stream: open(), position, writtenAt: clock() }
      subscribers.add(subscriber)
      counts.set(subscriber.principal, countOf(subscriber.principal) + 1)
      watch?.came(subscriber)
      return subscriber
    },
    has: (subscriber: Subscriber): boolean => subscribers.has(subscriber),
    all: (): Iterable<Subscriber> => subscribers,
    size: (): number => subscribers.size,
    goLive: (subscriber: Subscriber): void => {
      if (!subscribers.has(subscriber)) return
      live.add(subscriber)
      if (watch !== undefined && mayHearBelow(subscriber, watch.root)) watchers.add(subscriber)
    },
    /** To all who are up to date. */
    dispatch: (update: LoggedUpdate): void => {
      const text = toServerSentEvent(update)
      const verdicts: Verdicts = new Map()
      const isOfHub = watch !== undefined && update.topics.every((topic) => topic.startsWith(watch.root))
      for (const subscriber of isOfHub ? watchers : live) offer(subscriber, update, text, verdicts)
    },
    /** To one who is not yet, and may have ended while it waited. */
    replay: (subscriber: Subscriber, update: LoggedUpdate): void => {
      if (subscribers.has(subscriber)) offer(subscriber, update, toServerSentEvent(update), new Map())
    },
    beat: (subscriber: Subscriber): void => write(subscriber, ':\n\n'),
    end,
  }
}

const tooMany = (message: string) => new Failure('rate_limited', 'live.too_many_connections', message, { retryAfterSeconds: 10 })
