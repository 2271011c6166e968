/** `message-latency.ts`: from the commit of a dispatch to its handler, on SQLite with durable commits, at 200 messages a second. Exit 1 where a goal is missed. */
import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { createMessenger, handle, message } from '@holdfast/messenger'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import { z } from 'zod'
import { percentile, tellGoal } from './durations.ts'
import { openMessageDatabase } from './message-database.ts'

const [seconds, perSecond] = [30, 200]
await mkdir('reports', { recursive: true })
await using opened = await openMessageDatabase()
const { database } = opened

const ping = message('bench.ping.v1', z.object({ number: z.int() }), { lane: 'high' })
const committedAt: number[] = []
const startedAt: number[] = []
const onPing = handle<{ number: number }, { number: number }, SqlTransaction>(ping, async ({ payload }) => {
  startedAt[payload.number] = performance.now()
})
const messenger = createMessenger<SqlTransaction>({ transport: sqlTransport(database), contracts: [ping], handlers: [onPing] })
const stop = new AbortController()
const working = messenger.worker().run(stop.signal)

async function send(number: number): Promise<void> {
  await database.transaction((tx) => messenger.outbox(tx).dispatch(ping, { number }))
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
stop.abort()
await working

const latenciesMs = startedAt.map((at, number) => Math.max(0, at - (committedAt[number] ?? Number.NaN)))
console.log(`${sending.length} messages, ${perSecond} a second`)
tellGoal('from commit to handler, p50', percentile(latenciesMs, 0.5), 'ms', { atMost: 10 })
tellGoal('from commit to handler, p99', percentile(latenciesMs, 0.99), 'ms', { atMost: 50 })
