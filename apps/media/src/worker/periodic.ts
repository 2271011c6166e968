import { setTimeout as pause } from 'node:timers/promises'
import { tellingProgress } from '../kernel/progress.ts'

/** Work that the clock brings. It may be repeated, and be cut off at any point. */
export interface PeriodicJob {
  readonly name: string
  readonly everyMs: number
  readonly run: () => Promise<unknown>
}

export interface PeriodicDeps {
  readonly jobs: readonly PeriodicJob[]
  /** True while this process is the one that does periodic work: asked before each job, so that a lease that was lost is noticed. */
  readonly isLeader: () => Promise<boolean>
  readonly now: () => number
  readonly log: {
    readonly debug: (detail: object, message: string) => void
    readonly error: (detail: object, message: string) => void
  }
}

/** Looks for due jobs this often. */
const tickMs = 1_000

/**
 * Runs each job at its interval, one after the other, in the one process that leads. A job that fails is logged and due again next time. One that
 * takes long makes progress while the parts that it calls answer.
 */
export function createPeriodic({ jobs, isLeader, now, log }: PeriodicDeps) {
  const lastRunAt = new Map<string, number>()
  let lastProgressAt = now()
  const progressed = () => {
    lastProgressAt = now()
  }

  const runOnce = async (): Promise<void> => {
    for (const job of jobs) {
      if (now() - (lastRunAt.get(job.name) ?? Number.NEGATIVE_INFINITY) < job.everyMs) continue
      if (!(await tellingProgress(progressed, isLeader))) break
      lastRunAt.set(job.name, now())
      try {
        log.debug({ job: job.name, result: await tellingProgress(progressed, job.run) }, 'periodic work done')
      } catch (error) {
        log.error({ job: job.name, err: error }, 'periodic work failed')
      }
    }
    progressed()
  }

  /** Until the signal; a job that runs then is finished. */
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await runOnce().catch((error: unknown) => log.error({ err: error }, 'periodic work could not look for what is due'))
      await pause(tickMs, undefined, { signal }).catch(() => undefined)
    }
  }

  return { runOnce, run, lastProgressAt: () => lastProgressAt }
}
