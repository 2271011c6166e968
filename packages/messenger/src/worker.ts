import { setTimeout as pause } from 'node:timers/promises'
import { type Bell, createBell } from './bell.ts'
import { claim } from './claim.ts'
import type { DeliverDeps } from './deliver.ts'
import { createFairShare, type LaneOptions } from './lanes.ts'
import { createRunning } from './running.ts'
import type { Transaction } from './transport.ts'
import { type StopReason, stopReason, type WorkerLimits } from './worker-limits.ts'

export interface WorkerSettings {
  /** Names it in leases, attempts and logs. */
  readonly name: string
  readonly lanes: ReadonlyMap<string, LaneOptions>
  /** Messages in work at once, over all lanes. */
  readonly slots: number
  readonly leaseMs: number
  /** How long what runs may go on after the signal. What is not ready then is handed back. */
  readonly graceMs: number
  readonly limits: WorkerLimits
}

export interface WorkerHealth {
  /** When the worker last looked at its lanes with success or brought a message to an end, in milliseconds since 1970. */
  readonly lastProgressAt: number
  readonly running: number
  /** The error that keeps it from looking; null when all is well. */
  readonly pausedBy: unknown
}

export interface Worker {
  /** Takes what is due, as far as slots reach, and resolves with its number when all of it is settled. Throws when the transport is unavailable. */
  runOnce(): Promise<number>
  /** Works until the signal or a limit, then drains. Never throws: while the transport is unavailable it waits and tries again. */
  run(signal: AbortSignal): Promise<StopReason>
  health(): WorkerHealth
}

export interface WorkerDeps<Tx extends Transaction> extends DeliverDeps<Tx> {
  /** Bells to ring when something was dispatched. */
  readonly bells: Set<Bell>
}

/** It looks at least this often, also for what other processes dispatch. */
const lookEveryMs = 1_000
const backOffMs = { first: 100, most: 5_000 }

export function createWorker<Tx extends Transaction>(deps: WorkerDeps<Tx>, settings: WorkerSettings): Worker {
  const { transport, log } = deps
  const { lanes, leaseMs, limits, name } = settings
  const bell = createBell()
  const fairShare = createFairShare(new Map([...lanes].map(([lane, { weight }]) => [lane, weight])))
  let lastProgressAt = Date.now()
  let pausedBy: unknown = null
  const running = createRunning(deps, leaseMs, () => {
    lastProgressAt = Date.now()
    bell.ring()
  })

  /** Takes what is due. `againInMs` is 0 when there may be more. */
  const look = async (budget: number): Promise<{ readonly taken: number; readonly againInMs: number }> => {
    const demands = [...lanes].map(([lane, { slots }]) => ({ lane, freeSlots: slots - running.ofLane(lane) }))
    const free = demands.filter(({ freeSlots }) => freeSlots > 0)
    if (free.length === 0 || budget <= 0) return { taken: 0, againInMs: lookEveryMs }
    const now = await transport.now()
    const waits = await Promise.all(
      free.map(async ({ lane }) => ((await transport.deliveries.nextAt(lane)) ?? Number.POSITIVE_INFINITY) - now),
    )
    lastProgressAt = Date.now()
    const shares = fairShare.part(
      budget,
      free.filter((_, index) => Number(waits[index]) <= 0),
    )
    if (shares.length === 0) return { taken: 0, againInMs: Math.min(lookEveryMs, ...waits) }
    const { messages, moved } = await claim(transport, { shares, worker: name, leaseMs, maxAttempts: deps.retry.maxAttempts })
    for (const message of messages) {
      fairShare.charge(message.lane, 1)
      running.start(message)
    }
    return { taken: messages.length, againInMs: moved > 0 ? 0 : lookEveryMs }
  }

  const renewing = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const renew = () => running.renew().catch((error: unknown) => log.warn({ err: error }, 'leases could not be renewed'))
    const timer = setInterval(renew, leaseMs / 6)
    try {
      return await work()
    } finally {
      clearInterval(timer)
    }
  }

  const drain = async (): Promise<void> => {
    const grace = new AbortController()
    const graceIsOver = pause(settings.graceMs, undefined, { signal: grace.signal }).catch(() => undefined)
    await Promise.race([running.settled(), graceIsOver])
    grace.abort()
    if (running.size > 0) await running.handBack()
    await running.settled()
  }

  const loop = async (signal: AbortSignal): Promise<StopReason> => {
    const began = performance.now()
    let taken = 0
    let failures = 0
    for (;;) {
      const reason = stopReason(limits, { signal, taken, seconds: (performance.now() - began) / 1_000 })
      if (reason !== undefined) return reason
      try {
        const seen = await look(Math.min(settings.slots - running.size, (limits.maxMessages ?? Number.POSITIVE_INFINITY) - taken))
        taken += seen.taken
        failures = 0
        pausedBy = null
        if (seen.againInMs > 0) await bell.wait(seen.againInMs)
      } catch (error) {
        pausedBy = error
        const pauseMs = Math.min(backOffMs.first * 2 ** failures++, backOffMs.most)
        log.error({ err: error, pauseMs }, 'the worker cannot reach its messages and waits')
        await pause(pauseMs, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  return {
    runOnce: () =>
      renewing(async () => {
        const { taken } = await look(settings.slots - running.size)
        await running.settled()
        return taken
      }),
    run: (signal) =>
      renewing(async () => {
        deps.bells.add(bell)
        signal.addEventListener('abort', bell.ring)
        const reason = await loop(signal)
        signal.removeEventListener('abort', bell.ring)
        deps.bells.delete(bell)
        log.info({ worker: name, reason, running: running.size }, 'the worker stops')
        await drain()
        return reason
      }),
    health: () => ({ lastProgressAt, running: running.size, pausedBy }),
  }
}
