/**
 * `message-latency.ts [sqlite|rabbitmq] [SCHEDULED]`: from the commit of a dispatch to its handler, at 200 messages a second; then how late what is
 * scheduled comes, in a table of 1,000,000 others. Exit 1 where a goal is missed.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { createMessenger, handle, message } from '@holdfast/messenger'
import type { SqlTransaction } from '@holdfast/messenger/sql'
import { z } from 'zod'
import { percentile, tellGoal } from './durations.ts'
import { carrier, openMessageDatabase } from './message-database.ts'
import { fillSchedule } from './message-schedule-rows.ts'

const [seconds, perSecond, spreadMs] = [30, 200, 30_000]
await using opened = await openMessageDatabase()
const { database, transport } = opened
const scheduled = Number(process.argv[3] ?? 1_000_000)

interface Ping {
  readonly number: number
  /** When it was to come; 0 for at once. */
  readonly dueAt: number
}

const ping = message('bench.ping.v1', z.object({ number: z.int(), dueAt: z.int() }), { lane: 'high' })
const committedAt: number[] = []
const startedAt: number[] = []
const latesMs: number[] = []
const onPing = handle<Ping, Ping, SqlTransaction>(ping, async ({ payload: { number, dueAt } }) => {
  startedAt[number] = performance.now()
  if (dueAt > 0) latesMs.push(Date.now() - dueAt)
})
const messenger = createMessenger<SqlTransaction>({ transport, contracts: [ping], handlers: [onPing] })
const stop = new AbortController()
const working = messenger.worker().run(stop.signal)

async function send(number: number): Promise<void> {
  await database.transaction((tx) => messenger.outbox(tx).dispatch(ping, { number, dueAt: 0 }))
  committedAt[number] = performance.now()
}

const began = performance.now()
const sending: Promise<void>[] = []
for (let number = 0; number < seconds * perSecond; number += 1) {
  const waitMs = began + (number * 1_000) / perSecond - performance.now()
  if (waitMs > 0) await pause(waitMs)
  sending.push(send(number))
}
await Promise.all(sending)
while (startedAt.filter(() => true).length < sending.length) await pause(20)
await fillSchedule(database, ping.name, scheduled)
await comeDue()
stop.abort()
await working

const latenciesMs = startedAt.slice(0, sending.length).map((at, number) => Math.max(0, at - (committedAt[number] ?? Number.NaN)))
console.log(`${carrier}: ${sending.length} messages, ${perSecond} a second`)
tellGoal('from commit to handler, p50', percentile(latenciesMs, 0.5), 'ms', { atMost: 10 })
tellGoal('from commit to handler, p99', percentile(latenciesMs, 0.99), 'ms', { atMost: 50 })
console.log(`${latesMs.length} messages due within ${spreadMs / 1_000} s, in a table of ${scheduled} others`)
tellGoal('from the due time to the handler, p99', percentile(latesMs, 0.99), 'ms', { atMost: 1_000 })

/** As many a second as before, dispatched beforehand. */
async function comeDue(): Promise<void> {
  const count = (spreadMs / 1_000) * perSecond
  const firstAt = Date.now() + 10_000
  for (let from = 0; from < count; from += 500) {
    await database.transaction(async (tx) => {
      const outbox = messenger.outbox(tx)
      for (let index = from; index < Math.min(from + 500, count); index += 1) {
        const dueAt = Math.round(firstAt + (spreadMs * index) / count)
        await outbox.dispatch(ping, { number: sending.length + index, dueAt }, { dueAt })
      }
    })
  }
  while (latesMs.length < count) await pause(20)
}
