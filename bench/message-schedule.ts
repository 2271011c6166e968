/**
 * `message-schedule.ts [sqlite|rabbitmq]`: cancel, reschedule, claim and count with 1,000,000 scheduled messages, durable commits, beside an empty
 * schedule. Exit 1 where a goal is missed.
 */
import type { Database } from '@holdfast/database'
import { createMessenger, handle, type Messenger, message } from '@holdfast/messenger'
import type { SqlTransaction } from '@holdfast/messenger/sql'
import { z } from 'zod'
import { percentile, tellGoal } from './durations.ts'
import { openMessageDatabase } from './message-database.ts'
import { fillSchedule, idOf } from './message-schedule-rows.ts'

const [scheduled, rounds, samples, hourMs] = [1_000_000, 7, 2_000, 3_600_000]
const note = message('bench.note.v1', z.object({ number: z.int() }), { lane: 'high' })
const onNote = handle<{ number: number }, { number: number }, SqlTransaction>(note, async () => undefined)

await using empty = await open()
await using full = await open()
await fillSchedule(full.database, note.name, scheduled)
const { schedule, stats } = full.messenger

const rates: { empty: number; full: number }[] = []
for (let round = 1; round <= rounds; round += 1) rates.push({ empty: await handleMany(empty), full: await handleMany(full) })
const random = Array.from({ length: 2 * samples }, () => idOf(Math.floor(Math.random() * scheduled)))
const rescheduledMs = await timeEach(random.slice(0, samples), (id, at) => schedule.reschedule(id, Date.now() + hourMs + at))
const cancelledMs = await timeEach(random.slice(samples), (id) => schedule.cancel(id))
const countedMs = await timeEach(['', '', '', '', ''], () => stats())

tellGoal('reschedule, p99', percentile(rescheduledMs, 0.99), 'ms', { atMost: 15 })
tellGoal('cancel, p99', percentile(cancelledMs, 0.99), 'ms', { atMost: 15 })
console.log(`p50 ${percentile(rescheduledMs, 0.5).toFixed(2)} and ${percentile(cancelledMs, 0.5).toFixed(2)} ms`)
const [emptyRate, fullRate] = [rates.map((rate) => rate.empty), rates.map((rate) => rate.full)].map((all) => percentile(all, 0.5))
console.log(`claimed and handled: ${emptyRate?.toFixed(0)}/s with an empty schedule, ${fullRate?.toFixed(0)}/s with ${scheduled} in it`)
console.log(`counted by lane in ${percentile(countedMs, 0.5).toFixed(0)} ms`)

interface Opened {
  readonly database: Database
  readonly messenger: Messenger<SqlTransaction>
}

async function open(): Promise<Opened & AsyncDisposable> {
  const opened = await openMessageDatabase()
  const messenger = createMessenger<SqlTransaction>({ transport: opened.transport, contracts: [note], handlers: [onNote] })
  return { ...opened, messenger }
}

/** Messages a second: dispatched beforehand, then taken and settled without an effect. */
async function handleMany({ database, messenger }: Opened): Promise<number> {
  const count = 5_000
  await database.transaction(async (tx) => {
    for (let number = 0; number < count; number += 1) await messenger.outbox(tx).dispatch(note, { number })
  })
  const worker = messenger.worker({ limits: { maxMessages: count } })
  const began = performance.now()
  await worker.run(new AbortController().signal)
  return count / ((performance.now() - began) / 1_000)
}

async function timeEach(ids: readonly string[], work: (id: string, at: number) => Promise<unknown>): Promise<number[]> {
  const durationsMs: number[] = []
  for (const [at, id] of ids.entries()) {
    const began = performance.now()
    await work(id, at)
    durationsMs.push(performance.now() - began)
  }
  return durationsMs
}
