import { pruneCredentials } from '../accounts/prune-credentials.ts'
import { pruneSubscriptionUpdates, pruneUpdates } from '../live/update-log.ts'
import { purgeDue } from '../media/purge-due.ts'
import { reapReservations } from '../media/reap.ts'
import { indexDue } from '../media/search/index-due.ts'
import { sweepDue } from '../media/sweep-due.ts'
import { lookAgain } from '../media/thumbnails/look-again.ts'
import { thumbnailsDue } from '../media/thumbnails/thumbnails-due.ts'
import { chainAudit } from '../operations/chain-audit.ts'
import { type Lease, releaseLease, takeLease } from '../operations/lease.ts'
import { pruneRequests } from '../operations/prune-requests.ts'
import { cron } from '../worker/cron.ts'
import { createPeriodic } from '../worker/periodic.ts'
import type { Holdfast } from './app.ts'
import { mailNotices } from './mail-notices.ts'
import { inNewStory } from './story-context.ts'

const leaderLeaseMs = 10_000
const batch = 500
/** A worker that was told of a purge goes first; the periodic work takes what nobody finished in this time. */
const takeOverAfterMs = 60_000
/** Who came and went, for those who watch that and come back. */
const subscriptionsToldMs = 3_600_000
/** A picture may have to wait for many others: whoever wants it sooner asks for it. */
const askAgainAfterMs = 3_600_000

/** Periodic work of the process that leads. */
export function openPeriodic(holdfast: Holdfast) {
  const { config, clock, database, holder, idempotency, log, media, messenger, thumbnailer } = holdfast
  const everything = async (pruneBatch: () => Promise<number>): Promise<number> => {
    let pruned = 0
    for (let count = await pruneBatch(); count > 0; count = await pruneBatch()) pruned += count
    return pruned
  }
  const jobs = cron(
    {
      chainAudit: () => chainAudit({ database }),
      reap: async () => reapReservations(media, { beforeMs: await database.now(), limit: batch }),
      purgeDue: async () => purgeDue(media, { nowMs: await database.now(), graceMs: takeOverAfterMs, limit: batch }),
      indexDue: async () => indexDue(media, { beforeMs: (await database.now()) - takeOverAfterMs }),
      thumbnailsDue: async () => thumbnailsDue(media, { beforeMs: (await database.now()) - askAgainAfterMs, limit: batch }),
      lookAgain: () => everything(() => lookAgain(media, thumbnailer, batch)),
      followIndex: async () => holdfast.search?.keepUp(),
      ...mailNotices(holdfast),
      pruneIdempotency: () => everything(() => idempotency.prune(batch)),
      pruneMessages: () => everything(() => messenger.prune({ olderThanMs: config.messages.retentionMs, limit: batch })),
      pruneCredentials: () => everything(() => pruneCredentials(media, batch)),
      pruneRequests: () => everything(() => pruneRequests(media, { olderThanMs: config.requestRetentionMs, limit: batch })),
      pruneUpdates: async () => {
        await everything(() => media.inTransaction((tx) => pruneUpdates(tx, tx.now - config.live.retentionMs, batch)))
        await everything(() => media.inTransaction((tx) => pruneSubscriptionUpdates(tx, tx.now - subscriptionsToldMs, batch)))
      },
      pruneMails: async () => holdfast.mail.prune?.(clock() - config.mail.retentionMs),
      sweepDue: async () => sweepDue(media, { nowMs: await database.now(), ...config.sweep }),
    },
    config.sweep.everyMs,
  )
  let lease: Lease | undefined
  const periodic = createPeriodic({
    // Each run is a story of its own.
    jobs: jobs.map((job) => ({ ...job, run: () => inNewStory(job.run) })),
    isLeader: async () => {
      lease = await takeLease({ database }, { name: 'periodic', holder, ttlMs: leaderLeaseMs })
      return lease !== undefined
    },
    now: clock,
    log,
  })
  return {
    ...periodic,
    /** Until the signal. Then another process may lead at once. */
    run: async (signal: AbortSignal) => {
      await periodic.run(signal)
      if (lease !== undefined) await releaseLease({ database }, lease)
    },
  }
}

/** Messages of a lane in work at once, and its share while several lanes wait. */
const lanes = {
  high: { slots: 48, weight: 8 },
  low: { slots: 16, weight: 2 },
  external: { slots: 16, weight: 1 },
} as const

export type Lane = keyof typeof lanes
export const laneNames = Object.keys(lanes) as readonly Lane[]

export interface WorkOptions {
  readonly lanes?: readonly Lane[] | undefined
  readonly maxMessages?: number | undefined
  readonly maxMemoryMb?: number | undefined
  readonly maxSeconds?: number | undefined
}

/** Messages in work at once, over all lanes. */
export const slotsOf = ({ lanes: served = laneNames }: WorkOptions): number => served.reduce((sum, lane) => sum + lanes[lane].slots, 0)

export function openWorker({ config, holder, messenger }: Holdfast, { lanes: served = laneNames, ...limits }: WorkOptions = {}) {
  return messenger.worker({
    name: holder,
    leaseMs: config.messages.leaseMs,
    graceMs: config.shutdown.graceMs,
    limits,
    lanes: Object.fromEntries(served.map((lane) => [lane, lanes[lane]])),
  })
}
