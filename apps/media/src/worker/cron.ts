import type { PeriodicJob } from './periodic.ts'

export interface CronDeps {
  readonly reap: () => Promise<unknown>
  readonly purgeDue: () => Promise<unknown>
  readonly indexDue: () => Promise<unknown>
  readonly thumbnailsDue: () => Promise<unknown>
  readonly lookAgain: () => Promise<unknown>
  readonly sweepDue: () => Promise<unknown>
  readonly chainAudit: () => Promise<unknown>
  readonly followIndex: () => Promise<unknown>
  readonly tellPurges: () => Promise<unknown>
  readonly tellQuotas: () => Promise<unknown>
  readonly tellFailed: () => Promise<unknown>
  readonly pruneIdempotency: () => Promise<unknown>
  readonly pruneMessages: () => Promise<unknown>
  readonly pruneCredentials: () => Promise<unknown>
  readonly pruneRequests: () => Promise<unknown>
  readonly pruneUpdates: () => Promise<unknown>
  readonly pruneMails: () => Promise<unknown>
}

const seconds = 1_000
const minutes = 60 * seconds

/** The table of periodic work. */
export const cron = (deps: CronDeps, sweepEveryMs: number): PeriodicJob[] => [
  { name: 'chain-audit', everyMs: 5 * seconds, run: deps.chainAudit },
  { name: 'reap', everyMs: minutes, run: deps.reap },
  { name: 'purge-due', everyMs: minutes, run: deps.purgeDue },
  { name: 'index-due', everyMs: minutes, run: deps.indexDue },
  { name: 'thumbnails-due', everyMs: minutes, run: deps.thumbnailsDue },
  { name: 'look-again', everyMs: minutes, run: deps.lookAgain },
  { name: 'follow-index', everyMs: 5 * seconds, run: deps.followIndex },
  { name: 'tell-purges', everyMs: 10 * minutes, run: deps.tellPurges },
  { name: 'tell-quotas', everyMs: 5 * minutes, run: deps.tellQuotas },
  { name: 'tell-failed', everyMs: minutes, run: deps.tellFailed },
  { name: 'prune-idempotency', everyMs: 10 * minutes, run: deps.pruneIdempotency },
  { name: 'prune-messages', everyMs: 10 * minutes, run: deps.pruneMessages },
  { name: 'prune-credentials', everyMs: 10 * minutes, run: deps.pruneCredentials },
  { name: 'prune-requests', everyMs: 10 * minutes, run: deps.pruneRequests },
  { name: 'prune-updates', everyMs: 10 * minutes, run: deps.pruneUpdates },
  { name: 'prune-mails', everyMs: 10 * minutes, run: deps.pruneMails },
  { name: 'sweep-due', everyMs: Math.min(sweepEveryMs, minutes), run: deps.sweepDue },
]
