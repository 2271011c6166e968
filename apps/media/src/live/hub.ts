import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../kernel/tx.ts'
import { type AudienceLimits, type AudienceWatch, createAudience } from './audience.ts'
import type { LiveSubject } from './live-tokens.ts'
import type { EventStream, Subscriber, Subscription } from './subscriber.ts'
import type { SubscriptionTeller } from './tell-subscriptions.ts'
import { headPosition, readUpdates } from './update-log.ts'

export interface HubLimits extends AudienceLimits {
  readonly heartbeatMs: number
  /** A connection ends after this, whatever its token says: whoever comes back is asked anew. */
  readonly maxLifeMs: number
  /** How soon a right that was taken away ends what it had opened. */
  readonly revalidateMs: number
}

export interface HubDeps {
  readonly read: Sql
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly limits: HubLimits
  /** The ids of those that still stand, with the right to listen. It is asked about at most 256 at once, no two alike. */
  readonly standing: (credentials: readonly LiveSubject[]) => Promise<ReadonlySet<string>>
  /** Tells others who listens; undefined where nobody may ask. */
  readonly teller?: SubscriptionTeller | undefined
  readonly log: { warn(detail: object, message: string): void }
}

export type Hub = ReturnType<typeof createHub>

const pollMs = 100
const checkEveryMs = 1_000
const page = 200
const askedAtOnce = 256

/** One process's share of the subscribers. Each process reads the same log, so that an update reaches the subscribers of all. */
export function createHub({ read, clock, limits, standing, teller, log }: HubDeps) {
  const audience = createAudience({ clock, limits, watch: teller && watchFor(teller) })
  let position: number | undefined
  let revalidatedAt = clock()

  const begin = async (): Promise<number> => {
    const head = await headPosition(read)
    position ??= head
    return position
  }

  const follow = async (): Promise<void> => {
    const updates = await readUpdates(read, position ?? (await begin()), page)
    for (const update of updates) {
      audience.dispatch(update)
      position = update.position
      // What was written may leave before more comes: many at once make nobody slow who reads.
      await nextTurn()
    }
    if (updates.length < page) await sleep(pollMs)
  }

  const replay = async (subscriber: Subscriber): Promise<void> => {
    while (audience.has(subscriber) && subscriber.position < (position ?? 0)) {
      const updates = await readUpdates(read, subscriber.position, page)
      for (const update of updates) {
        await subscriber.stream.drained()
        audience.replay(subscriber, update)
      }
      if (updates.length === 0) break
    }
    audience.goLive(subscriber)
  }

  const revalidate = async (): Promise<void> => {
    const now = clock()
    if (now - revalidatedAt < limits.revalidateMs) return
    revalidatedAt = now
    const held = byCredential(audience.all())
    for (let from = 0; from < held.length; from += askedAtOnce) {
      const some = held.slice(from, from + askedAtOnce)
      const stand = await standing(some.map(({ credential }) => credential))
      const gone = some.filter(({ credential }) => !stand.has(credential.credentialId))
      for (const subscriber of gone.flatMap(({ subscribers }) => subscribers)) audience.end(subscriber)
    }
  }

  const check = async (): Promise<void> => {
    const now = clock()
    for (const subscriber of audience.all()) {
      if (subscriber.expiresAt <= now) audience.end(subscriber)
      else if (now - subscriber.writtenAt >= limits.heartbeatMs) audience.beat(subscriber)
    }
  }

  return {
    /** Ends when the stream closes, the token expires, the right is taken away, or the subscriber is too slow. Throws `live.too_many_connections`. */
    subscribe: async (subscription: Subscription, open: () => EventStream): Promise<{ close(): void }> => {
      // First, so that a replay knows where to end: also of who comes back before this process has looked.
      const head = position ?? (await begin())
      const start = subscription.afterPosition ?? head
      const expiresAt = Math.min(subscription.expiresAt, clock() + limits.maxLifeMs)
      const subscriber = audience.add({ ...subscription, expiresAt }, start, open)
      void replay(subscriber).catch((error: unknown) => {
        log.warn({ err: error }, 'a replay of live updates was cut off')
        audience.end(subscriber)
      })
      return { close: () => audience.end(subscriber) }
    },
    connections: audience.size,
    /** Until the signal; then every subscriber is ended. */
    run: async (signal: AbortSignal): Promise<void> => {
      await Promise.all([
        repeat(follow, 0, signal, log),
        repeat(check, checkEveryMs, signal, log),
        // Beside the other: a database that does not answer keeps nobody's token from expiring.
        repeat(revalidate, checkEveryMs, signal, log),
        teller?.run(signal),
      ])
      for (const subscriber of audience.all()) audience.end(subscriber)
      await teller?.finish().catch((error: unknown) => log.warn({ err: error }, 'who listened here is told by another process'))
    },
  }
}

interface Held {
  readonly credential: LiveSubject
  readonly subscribers: Subscriber[]
}

function byCredential(subscribers: Iterable<Subscriber>): readonly Held[] {
  const held = new Map<string, Held>()
  for (const subscriber of subscribers) {
    const { credential } = subscriber
    if (credential === undefined) continue
    const others = held.get(credential.credentialId)
    if (others === undefined) held.set(credential.credentialId, { credential, subscribers: [subscriber] })
    else others.subscribers.push(subscriber)
  }
  return [...held.values()]
}

const watchFor = ({ root, began, ended }: SubscriptionTeller): AudienceWatch => ({
  root,
  came: ({ id, matchers, payloadOf }) => {
    const distinct = new Map(matchers.map((matcher) => [matcher.key, matcher]))
    began(
      id,
      [...distinct.values()].map((matcher) => ({ subscriber: id, type: matcher.type, match: matcher.match, payload: payloadOf(matcher) })),
    )
  },
  went: ({ id }) => ended(id),
})

/** Goes on after an error, as while the database is away: nothing is lost, since the position stays. */
async function repeat(step: () => Promise<void>, pauseMs: number, signal: AbortSignal, log: HubDeps['log']): Promise<void> {
  while (!signal.aborted) {
    await step().catch((error: unknown) => log.warn({ err: error }, 'live updates are held up'))
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
