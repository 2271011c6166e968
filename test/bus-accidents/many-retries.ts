import { setTimeout as pause } from 'node:timers/promises'
import { range, startDispatching } from './dispatching.ts'
import { openPlace } from './place.ts'
import type { Report } from './report.ts'
import { keepWorkers } from './workers.ts'

const perTransaction = 500
const retry = { delayMs: 1_000, multiplier: 2, jitter: 0.5 }

/** Each message fails once and comes back after a delay of its own; the queues are listed all the while. */
export async function manyRetries({ retries }: { readonly retries: number }): Promise<Report> {
  await using place = await openPlace('rabbitmq')
  const list = async () => (await place.virtualHost?.queues()) ?? []
  const before = await list()
  const seen = new Set(before)
  await using dispatching = startDispatching(place)
  await using _workers = keepWorkers({ ...place, probing: { retry }, worker: {} }, 2)
  const done = new AbortController()
  const watching = watch(async () => {
    for (const queue of await list()) seen.add(queue)
  }, done.signal)
  for (let from = 0; from < retries; from += perTransaction) {
    await dispatching.send(range(from, Math.min(perTransaction, retries - from)), 'flaky')
  }
  await dispatching.settled(retries, 300_000)
  done.abort()
  await watching
  const { effects, inEffect, begunAgain } = await dispatching.findings()
  const delays = await dispatching.bus.database.read.get<{ many: number }>(
    'SELECT COUNT(DISTINCT due_at - created_at) AS many FROM message',
  )
  return {
    lines: [
      `${begunAgain} retries with ${Number(delays?.many)} different delays, ${effects} effects of ${retries} messages`,
      `${before.length} queues before, ${seen.size - before.length} new ones since: ${[...seen].join(', ')}`,
    ],
    faults: [
      ...(seen.size === before.length ? [] : ['retries made queues']),
      ...(effects === retries && inEffect === retries && begunAgain === retries ? [] : ['messages were lost, doubled, or not tried again']),
    ],
  }
}

async function watch(look: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look()
    await pause(250, undefined, { signal }).catch(() => undefined)
  }
  await look()
}
