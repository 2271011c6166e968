import { createBackOff } from './back-off.ts'
import { type Bell, createBell } from './bell.ts'
import { type Batch, type CarryDeps, carryBatch, claimDue, reclaimLost } from './carry-due.ts'
import type { Forwarder } from './forwarder.ts'
import type { Log } from './log.ts'
import type { Transaction } from './transport.ts'

export interface RelayHealth {
  /** When it last looked, or gave messages to the broker, in the lane that is furthest behind. Milliseconds since 1970. */
  readonly lastProgressAt: number
  /** The error that keeps it waiting; null when all is well. */
  readonly pausedBy: unknown
}

/** Brings what is due from the table to the broker. Any number of them may run, in any number of processes. */
export interface Relay {
  /** Until nothing is due. Answers how many messages the broker took. Throws when the database or the broker is away. */
  runOnce(): Promise<number>
  /** Until the signal. Never throws: what the broker does not take stays in the table. */
  run(signal: AbortSignal): Promise<void>
  health(): RelayHealth
}

export interface RelayDeps<Tx extends Transaction> extends CarryDeps<Tx> {
  readonly lanes: readonly string[]
  /** Bells to ring when something was dispatched. */
  readonly bells: Set<Bell>
  readonly forwarder: Pick<Forwarder, 'setClear' | 'ended'>
  readonly log: Log
}

const reclaimEveryMs = 5_000
const backOffMs = { first: 100, most: 5_000 }

export function createRelay<Tx extends Transaction>(deps: RelayDeps<Tx>): Relay {
  const { lanes, forwarder } = deps
  const progress = new Map(lanes.map((lane) => [lane, { at: Date.now(), pausedBy: null as unknown }]))
  return {
    runOnce: async () => {
      const carried = await Promise.all(lanes.map((lane) => carryAll(deps, lane)))
      return carried.reduce((sum, many) => sum + many, 0)
    },
    run: async (signal) => {
      const told = (lane: string) => (pausedBy: unknown) => {
        const at = pausedBy === null ? Date.now() : (progress.get(lane)?.at ?? 0)
        progress.set(lane, { at, pausedBy })
      }
      await Promise.all(lanes.map((lane) => runLane(deps, lane, signal, told(lane))))
      await forwarder.ended()
    },
    health: () => {
      const all = [...progress.values()]
      const paused = all.find(({ pausedBy }) => pausedBy !== null)
      return { lastProgressAt: Math.min(...all.map(({ at }) => at)), pausedBy: paused?.pausedBy ?? null }
    },
  }
}

async function carryAll<Tx extends Transaction>(deps: RelayDeps<Tx>, lane: string): Promise<number> {
  await reclaimLost(deps, lane)
  for (let carried = 0; ; ) {
    const batch = await claimDue(deps, lane)
    if (batch.againInMs > 0) return carried
    carried += await carryBatch(deps, batch)
  }
}

/** Tells after each step how it went: null, or the error. */
async function runLane<Tx extends Transaction>(
  deps: RelayDeps<Tx>,
  lane: string,
  signal: AbortSignal,
  tell: (error: unknown) => void,
): Promise<void> {
  const { bells, forwarder, log } = deps
  const [bell, backOff] = [createBell(), createBackOff(backOffMs)]
  bells.add(bell)
  signal.addEventListener('abort', bell.ring)
  const step = createStep(deps, lane)
  while (!signal.aborted) {
    try {
      const { againInMs, isClear } = await step.next()
      forwarder.setClear(lane, isClear && !signal.aborted)
      tell(null)
      backOff.reset()
      if (againInMs > 0) await bell.wait(againInMs)
    } catch (error) {
      forwarder.setClear(lane, false)
      tell(error)
      log.warn({ err: error, lane }, 'the relay waits: what is due stays in the table')
      await backOff.wait(signal)
    }
  }
  await step.ended()
  signal.removeEventListener('abort', bell.ring)
  bells.delete(bell)
}

/** Claims the next batch while the broker confirms the one before. */
function createStep<Tx extends Transaction>(deps: RelayDeps<Tx>, lane: string) {
  let carrying: Promise<unknown> = Promise.resolve()
  let reclaimAt = 0
  const reclaim = async () => {
    if (performance.now() < reclaimAt) return
    const many = await reclaimLost(deps, lane)
    reclaimAt = performance.now() + reclaimEveryMs
    if (many > 0) deps.log.warn({ lane, many }, 'messages that the broker never delivered are dispatched again')
  }
  return {
    /** Answers what was claimed. Throws when the claim, or the batch before it, went wrong. */
    next: async (): Promise<Batch> => {
      await reclaim()
      const before = carrying
      const batch = await claimDue(deps, lane)
      carrying = carryBatch(deps, batch)
      carrying.catch(() => undefined)
      await before
      if (batch.againInMs > 0) await carrying
      return batch
    },
    ended: () => carrying.catch(() => undefined),
  }
}
