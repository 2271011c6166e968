import { setTimeout as pause } from 'node:timers/promises'
import type { Broker } from '../../tools/servers/broker.ts'
import { type Dispatching, range, startDispatching } from './dispatching.ts'
import { openPlace } from './place.ts'
import type { Report } from './report.ts'
import { keepWorkers } from './workers.ts'

export interface WipedBrokerOptions {
  readonly scheduled: number
  readonly inFlight: number
  /** Of those that are in flight: long enough that most of them are when it happens. */
  readonly slowMs: number
  /** When the scheduled ones fall due after they were dispatched. */
  readonly dueMs: { readonly from: number; readonly to: number }
  /** A broker of one's own, whose node is reset; else the virtual host is deleted and made anew. */
  readonly broker?: Broker
}

const perTransaction = 500
const withinMs = 5 * 60_000

/** Lets the broker come back with nothing of what it had confirmed: no queue, no exchange, no message. */
export async function wipedBroker({ scheduled, inFlight, slowMs, dueMs, broker }: WipedBrokerOptions): Promise<Report> {
  await using place = await openPlace('rabbitmq', broker)
  await using dispatching = startDispatching(place)
  const count = inFlight + scheduled
  const sendAll = async (from: number, to: number, delayMs: (n: number) => number) => {
    for (let next = from; next < to; next += perTransaction) {
      const numbers = range(next, Math.min(perTransaction, to - next))
      await dispatching.send(numbers, next < inFlight ? 'slow' : 'plain', (n) => ({ delayMs: delayMs(n) }))
    }
  }
  await sendAll(0, inFlight, () => 0)
  await untilCount(dispatching, "state = 'dispatched' AND lease_token IS NULL", inFlight)
  await sendAll(inFlight, count, (n) => Math.round(dueMs.from + ((dueMs.to - dueMs.from) * ((n * 7_919) % scheduled)) / scheduled))
  await using workers = keepWorkers({ ...place, probing: { slowMs }, worker: {} }, 2)
  while (workers.began.length === 0) await pause(10)

  const inQueues = await countWhere(dispatching, "state = 'dispatched'")
  const pending = await countWhere(dispatching, "state = 'pending'")
  if (broker === undefined) await place.virtualHost?.wipe()
  else {
    await broker.wipe()
    await place.virtualHost?.make()
  }
  const backAt = performance.now()
  await untilCount(dispatching, "state = 'done' AND due_at = created_at", inFlight)
  const inFlightMs = performance.now() - backAt
  await dispatching.settled(count, withinMs)
  const allMs = performance.now() - backAt
  const { states, effects, inEffect } = await dispatching.findings()
  return {
    lines: [
      `wiped with ${inQueues} messages in its queues, ${count - inQueues - pending} in hand or done and ${pending} scheduled`,
      `what was in flight was handled ${(inFlightMs / 1_000).toFixed(1)} s after it was back, all ${count} after ${(allMs / 1_000).toFixed(1)} s; ${effects} effects`,
    ],
    faults: [
      ...(allMs <= withinMs ? [] : ['not all were handled in time']),
      ...(effects === count && inEffect === count && states['done'] === count ? [] : ['messages were lost or in effect twice']),
    ],
  }
}

async function countWhere({ bus }: Dispatching, which: string): Promise<number> {
  return Number((await bus.database.read.get<{ many: number }>(`SELECT COUNT(*) AS many FROM message WHERE ${which}`))?.many)
}

async function untilCount(dispatching: Dispatching, which: string, wanted: number): Promise<void> {
  const until = performance.now() + withinMs
  while ((await countWhere(dispatching, which)) < wanted) {
    if (performance.now() > until) throw new Error(`fewer than ${wanted} messages are ${which} after ${withinMs} ms`)
    await pause(50)
  }
}
