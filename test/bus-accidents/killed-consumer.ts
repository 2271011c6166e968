import { setTimeout as pause } from 'node:timers/promises'
import { percentile } from '../../bench/durations.ts'
import { range, startDispatching } from './dispatching.ts'
import { type CarrierName, openPlace } from './place.ts'
import type { Report } from './report.ts'
import { keepWorkers, type Workers } from './workers.ts'

export interface KilledConsumerOptions {
  readonly carrier: CarrierName
  readonly kills: number
  readonly leaseMs: number
  /** From the kill until another process has begun what was in hand. */
  readonly withinMs: number
}

const slots = 8
const warmUp = slots + slots / 2
const slowMs = 700

/** Kills one of two workers with what it has in hand, and waits until the other has begun all of it. */
export async function killedConsumer({ carrier, kills, leaseMs, withinMs }: KilledConsumerOptions): Promise<Report> {
  await using place = await openPlace(carrier)
  await using dispatching = startDispatching(place)
  await using workers = keepWorkers({ ...place, probing: { slowMs }, worker: { leaseMs, slots } }, 2)
  const waitsMs: number[] = []
  let sent = 0
  const send = async (count: number) => {
    await dispatching.send(range(sent, count), 'slow')
    sent += count
  }
  for (let kill = 0; kill < kills; kill += 1) {
    while (!isBusy(workers)) {
      await send(warmUp)
      await Promise.race([until(() => isBusy(workers)), dispatching.settled(sent, 60_000)])
    }
    await dispatching.settled(sent, 60_000)
    await send(slots / 2)
    await until(() => workers.all.reduce((sum, { inHand }) => sum + inHand.size, 0) === slots / 2)
    waitsMs.push(...(await killFuller(workers)))
    await dispatching.settled(sent, leaseMs + 60_000)
  }
  const { states, effects, inEffect } = await dispatching.findings()
  const late = waitsMs.filter((waitMs) => waitMs > withinMs)
  return {
    lines: [
      `${carrier}: ${kills} consumers killed with kill -9, ${waitsMs.length} messages in their hands, lease ${leaseMs} ms`,
      `from the kill until another process had begun them: p50 ${percentile(waitsMs, 0.5)} ms, longest ${Math.max(...waitsMs)} ms`,
      `${sent} messages, ${effects} effects`,
    ],
    faults: [
      ...(late.length === 0 ? [] : [`${late.length} messages waited longer than ${withinMs} ms: ${late.join(', ')}`]),
      ...(effects === sent && inEffect === sent && states['done'] === sent ? [] : ['messages were lost or in effect twice']),
    ],
  }
}

/** Each has something in hand: both are there. */
const isBusy = ({ all }: Workers) => all.every(({ inHand }) => inHand.size > 0)

/** Answers for each message of the killed worker how long it waited. */
async function killFuller({ all, began }: Workers): Promise<number[]> {
  const [fuller] = all.toSorted((one, other) => other.inHand.size - one.inHand.size)
  if (fuller === undefined) return []
  const killedAt = Date.now()
  await fuller.end('SIGKILL')
  const again = (n: number) => began.find((told) => told.n === n && told.attempt === 2)
  await until(() => [...fuller.inHand].every((n) => again(n) !== undefined))
  return [...fuller.inHand].map((n) => (again(n)?.at ?? Number.NaN) - killedAt)
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}
