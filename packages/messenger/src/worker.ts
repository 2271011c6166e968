import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Bell, createBell } from './bell.ts'
import type { DeliverDeps } from './deliver.ts'
import type { LaneOptions } from './lanes.ts'
import type { Log } from './log.ts'
import { createLook } from './look.ts'
import type { Relay } from './relay.ts'
import { createRunning, type Running } from './running.ts'
import type { Inbox, Intake, TakeIn, Transaction } from './transport.ts'
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
  /**
   * When the worker last brought a message to an end, or looked with a slot free, in milliseconds since 1970. It stands still while the
   * transport is unavailable, and while every slot is held by a handler that does not come back.
   */
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
  /** Where the transport has a broker: a worker brings what is due to it too, so that one process is enough. */
  readonly relay: Relay | undefined
  readonly takeIn: TakeIn
}

const backOffMs = { first: 100, most: 5_000 }
/** While many come one after the other: a claim of forty costs the database little more than one of eight. */
const gatherMs = 7
const isStream = (taken: number, slots: number) => taken >= 8 && taken < slots / 2

export function createWorker<Tx extends Transaction>(deps: WorkerDeps<Tx>, settings: WorkerSettings): Worker {
  const { transport, log, bells, retry, relay } = deps
  const { leaseMs, graceMs, limits, name } = settings
  const bell = createBell()
  let lastProgressAt = Date.now()
  let pausedBy: unknown = null
  const running = createRunning(deps, leaseMs, () => {
    lastProgressAt = Date.now()
    bell.ring()
  })
  const laneSlots = new Map([...settings.lanes].map(([lane, { slots }]) => [lane, slots]))
  const look = createLook({ transport, running, maxAttempts: retry.maxAttempts, log }, settings)
  const intake = intakeOf(deps, running, name)
  const renewing = <Result>(work: () => Promise<Result>) => withRenewal(running, leaseMs, log, work)

  /** Looks, then waits for a reason to look again. Answers how many were taken. */
  const turn = async (budget: number, inbox: Inbox<Tx> | undefined): Promise<number> => {
    const { taken, againInMs } = await look(budget, inbox)
    if (taken > 0 || running.size < settings.slots) lastProgressAt = Date.now()
    pausedBy = null
    if (isStream(taken, settings.slots)) await pause(gatherMs)
    if (againInMs > 0) await bell.wait(againInMs)
    return taken
  }

  const loop = async (signal: AbortSignal, inbox: Inbox<Tx> | undefined): Promise<StopReason> => {
    const { maxMessages = Number.POSITIVE_INFINITY } = limits
    const began = performance.now()
    let taken = 0
    let failures = 0
    for (;;) {
      const reason = stopReason(limits, { signal, taken, seconds: (performance.now() - began) / 1_000 })
      if (reason !== undefined) return reason
      try {
        taken += await turn(Math.min(settings.slots - running.size, maxMessages - taken), inbox)
        failures = 0
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
        await relay?.runOnce()
        await using inbox = await transport.broker?.pull(laneSlots, intake)
        const { taken } = await look(settings.slots - running.size, inbox)
        await running.ended()
        return taken
      }),
    run: (signal) =>
      renewing(async () => {
        bells.add(bell)
        signal.addEventListener('abort', bell.ring)
        const stopRelay = new AbortController()
        const relaying = relay?.run(stopRelay.signal)
        await using inbox = transport.broker?.consume(laneSlots, intake, bell.ring)
        const reason = await loop(signal, inbox)
        signal.removeEventListener('abort', bell.ring)
        bells.delete(bell)
        stopRelay.abort()
        log.info({ worker: name, reason, running: running.size }, 'the worker stops')
        await inbox?.stop()
        await drain(running, graceMs)
        await relaying
        return reason
      }),
    health: () => ({ lastProgressAt, running: running.size, pausedBy }),
  }
}

function intakeOf<Tx extends Transaction>({ takeIn, transport }: WorkerDeps<Tx>, running: Running, worker: string): Intake {
  return {
    takeIn,
    receive: async (message, isRedelivered) => {
      // What has no row needs no database: while that cannot say what time it is, this machine does.
      const [startedAt, leaseToken] = [await transport.now().catch(Date.now), randomUUID()]
      return running.startDirect({ ...message, state: 'leased', attempt: 1, startedAt, leaseToken, worker }, isRedelivered)
    },
  }
}

/** Looks for aging leases several times in a lease, so that one missed renewal loses none. */
async function withRenewal<Result>(running: Running, leaseMs: number, log: Log, work: () => Promise<Result>): Promise<Result> {
  const renew = () => {
    running.renew().catch((error: unknown) => log.warn({ err: error }, 'leases could not be renewed'))
  }
  const timer = setInterval(renew, leaseMs / 6)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** Lets what runs finish within the grace, and hands back the rest. */
async function drain(running: Running, graceMs: number): Promise<void> {
  const finished = new AbortController()
  const graceIsOver = pause(graceMs, undefined, { signal: finished.signal }).catch(() => undefined)
  await Promise.race([running.ended(), graceIsOver])
  finished.abort()
  if (running.size > 0) await running.handBack()
  await running.ended()
}
