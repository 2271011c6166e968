/**
 * `message-lanes.ts [sqlite|rabbitmq] [SECONDS]`: lanes of one worker as it comes. First `high` at a quarter of what it can do, without and with an
 * `external` lane whose handlers take ten seconds; then `high` at twice what the worker can do, and what `low` gets meanwhile. Exit 1 where
 * a goal is missed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createMessenger, type Envelope, handle, message } from '@holdfast/messenger'
import type { SqlTransaction } from '@holdfast/messenger/sql'
import { z } from 'zod'
import { percentile, tellGoal } from './durations.ts'
import { openMessageDatabase } from './message-database.ts'

interface Work {
  readonly sentAt: number
}

type Rates = Readonly<Record<string, number>>

const overloadSeconds = Number(process.argv[3] ?? 300)
const [slots, handlerMs, slowHandlerMs] = [64, 250, 10_000]
const perSecond = (slots * 1_000) / handlerMs
await using opened = await openMessageDatabase()
const { database, transport } = opened

interface Handled extends Pick<Envelope, 'lane'> {
  readonly waitedMs: number
  readonly tookMs: number
}

let handled: Handled[] = []
const work = message('bench.work.v1', z.object({ sentAt: z.int() }), { lane: 'high' })
const onWork = handle<Work, Work, SqlTransaction>(work, async ({ payload: { sentAt }, envelope: { lane } }) => {
  const waitedMs = Date.now() - sentAt
  await pause(lane === 'external' ? slowHandlerMs : handlerMs)
  handled.push({ lane, waitedMs, tookMs: Date.now() - sentAt })
})
const messenger = createMessenger<SqlTransaction>({ transport, contracts: [work], handlers: [onWork] })
const stop = new AbortController()
const working = messenger.worker({ slots, graceMs: 0 }).run(stop.signal)

const calm = await keepUp(30, { high: perSecond / 4 })
const beside = await keepUp(30, { high: perSecond / 4, external: 5 })
const overloaded = await keepUp(overloadSeconds, { high: 2 * perSecond, low: 0.12 * perSecond })
const oldestLowMs = Date.now() - ((await messenger.stats()).find(({ lane }) => lane === 'low')?.oldestWaitingAt ?? Date.now())
stop.abort()
await working

const [calmMs, besideMs] = [calm, beside].map((during) =>
  percentile(
    ofLane(during, 'high').map(({ tookMs }) => tookMs),
    0.99,
  ),
)
const low = ofLane(overloaded, 'low')
console.log(`high at a quarter of the worker: p99 ${calmMs} ms, beside an external lane that hangs ${besideMs} ms`)
tellGoal('p99 of high beside it', ((besideMs ?? Number.NaN) / (calmMs ?? Number.NaN) - 1) * 100, '% more', { atMost: 10 })
console.log(`high at twice the worker for ${overloadSeconds} s: ${ofLane(overloaded, 'high').length} of high handled, ${low.length} of low`)
tellGoal('slots of low', (low.length * handlerMs) / (slots * overloadSeconds * 10), '%', { atLeast: 10 })
tellGoal('longest wait of low', Math.max(oldestLowMs, ...low.map(({ waitedMs }) => waitedMs)) / 1_000, 's', { atMost: 60 })

/** Dispatches to each lane at its rate, in steps of 50 ms, and answers what was handled meanwhile. */
async function keepUp(seconds: number, rates: Rates): Promise<readonly Handled[]> {
  handled = []
  const sent: Record<string, number> = {}
  const began = performance.now()
  for (let elapsed = 0; elapsed < seconds; elapsed = (performance.now() - began) / 1_000) {
    await database.transaction(async (tx) => {
      for (const [lane, rate] of Object.entries(rates)) {
        for (; (sent[lane] ?? 0) < elapsed * rate; sent[lane] = (sent[lane] ?? 0) + 1)
          await messenger.outbox(tx).dispatch(work, { sentAt: Date.now() }, { lane })
      }
    })
    await pause(50)
  }
  return handled
}

function ofLane(all: readonly Handled[], lane: string): readonly Handled[] {
  return all.filter((one) => one.lane === lane)
}
