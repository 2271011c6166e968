/** `bus-process.ts PLAN`: works, or dispatches numbers from one to another, until it is told to stop. Tells a line of JSON for what is known. */
import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseUnavailable } from '@holdfast/database'
import type { DispatchOptions } from '@holdfast/messenger'
import type { ServerPlace } from '../faults/servers.ts'
import { type Bus, openBus } from './bus.ts'
import { kindOf, wiring, work } from './work.ts'

export interface ProcessPlan extends ServerPlace {
  readonly role: 'work' | 'dispatch'
  /** Numbers to dispatch, in this order. */
  readonly from: number
  readonly to: number
  readonly perSecond: number
}

/** `said`: these are committed. `did`: how many took effect since the last line. */
export type Told = { readonly said: readonly number[] } | { readonly did: number }

const perTransaction = 20
const plan = JSON.parse(process.argv[2] ?? '') as ProcessPlan
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
// Whoever started it may have been killed.
const endAlone = () => process.kill(process.pid, 'SIGKILL')
process.once('disconnect', endAlone)

let did = 0
const done = () => {
  did += 1
}
await using bus = openBus(plan, wiring(done))
const telling = setInterval(() => {
  if (did > 0) tell({ did })
  did = 0
}, 100)
if (plan.role === 'work') await bus.messenger.worker({ leaseMs: 5_000, graceMs: 10_000 }).run(stop.signal)
else await Promise.all([dispatchAll(bus), bus.messenger.relay?.run(stop.signal)])
clearInterval(telling)
if (did > 0) tell({ did })
process.removeListener('disconnect', endAlone)
process.disconnect()

async function dispatchAll({ database, messenger }: Bus): Promise<void> {
  const began = performance.now()
  for (let n = plan.from; n < plan.to && !stop.signal.aborted; n += perTransaction) {
    const numbers = Array.from({ length: Math.min(perTransaction, plan.to - n) }, (_, index) => n + index)
    await untilSaid(() =>
      database.transaction(async (tx) => {
        const outbox = messenger.outbox(tx)
        for (const number of numbers) await outbox.dispatch(work, { n: number, kind: kindOf(number) }, optionsOf(number))
      }),
    )
    tell({ said: numbers })
    const aheadMs = ((n + perTransaction - plan.from) / plan.perSecond) * 1_000 - (performance.now() - began)
    if (aheadMs > 0) await pause(aheadMs)
  }
  // What it said is brought to the broker until it is told to stop.
  if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
}

/** The number is the dedupe key: whoever cannot know whether a commit came through says the same again. */
function optionsOf(n: number): DispatchOptions {
  return { dedupeKey: String(n), lane: n % 2 === 0 ? 'high' : 'low', delayMs: n % 7 === 0 ? (n % 40) * 50 : 0 }
}

async function untilSaid(say: () => Promise<void>): Promise<void> {
  while (!stop.signal.aborted) {
    try {
      return await say()
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
      await pause(100)
    }
  }
  throw new Error('stopped before it was said')
}

function tell(told: Told): void {
  process.send?.(told)
}
