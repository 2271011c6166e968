import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from '../kernel/tx.ts'
import { type AudienceLimits, type AudienceWatch, createAudience } from './audience.ts'
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
  /** Tells others who listens; undefined where nobody may ask. */
  readonly teller?: SubscriptionTeller | undefined
  readonly log: { warn(detail: object, message: string): void }
}

export type Hub = ReturnType<typeof createHub>

const pollMs = 100
const checkEveryMs = 1_000
const page = 200

/** One process's share of the subscribers. Each process reads the same log, so that an update reaches the subscribers of all. */
export function createHub({ read, clock, limits, teller, log }: HubDeps) {
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
    const verdicts = new Map<string, boolean>()
    for (const subscriber of audience.all()) {
      const verdict = verdicts.get(subscriber.credential) ?? (await subscriber.stillValid())
      verdicts.set(subscriber.credential, verdict)
      if (!verdict) audience.end(subscriber)
    }
  }

  const check = async (): Promise<void> => {
    const now = clock()
    for (const subscriber of audience.all()) {
      if (subscriber.expiresAt <= now) audience.end(subscriber)
      else if (now - subscriber.writtenAt >= limits.heartbeatMs) audience.beat(subscriber)
    }
    if (now - revalidatedAt < limits.revalidateMs) return
    revalidatedAt = now
    await revalidate()
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
      await Promise.all([repeat(follow, 0, signal, log), repeat(check, checkEveryMs, signal, log), teller?.run(signal)])
      for (const subscriber of audience.all()) audience.end(subscriber)
      await teller?.finish().catch((error: unknown) => log.warn({ err: error }, 'who listened here is told by another process'))
    },
  }
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
