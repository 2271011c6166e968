import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { DispatchOptions } from '@holdfast/messenger'
import type { Bus } from '../bus-torture/bus.ts'
import type { AccidentPlace } from './place.ts'
import { hangingProbe, type Kind, type ProbeOptions, probe } from './probe.ts'

/** A process that dispatches: a bus whose relay runs. */
export interface Dispatching extends AsyncDisposable {
  readonly bus: Bus
  /** Numbers of one kind, in one transaction. Answers their ids. */
  send(numbers: readonly number[], kind: Kind, options?: (n: number) => DispatchOptions): Promise<string[]>
  /** Until so many took effect or failed, in all. */
  settled(count: number, withinMs: number): Promise<void>
  findings(): Promise<Findings>
}

/** What became of all. */
export interface Findings {
  /** Messages by state. */
  readonly states: Readonly<Record<string, number>>
  /** Effects, and how many numbers have one. */
  readonly effects: number
  readonly inEffect: number
  /** Messages that were begun more than once. */
  readonly begunAgain: number
}

export function startDispatching(place: AccidentPlace, options: ProbeOptions = {}): Dispatching {
  const bus = place.open(options)
  const stop = new AbortController()
  const relaying = bus.messenger.relay?.run(stop.signal)
  const count = async (text: string) => Number((await bus.database.read.get<{ many: number }>(text))?.many)
  return {
    bus,
    send: (numbers, kind, optionsOf = () => ({})) =>
      bus.database.transaction(async (tx) => {
        const outbox = bus.messenger.outbox(tx)
        const ids: string[] = []
        const dispatch = (n: number) =>
          kind === 'hangs' ? outbox.dispatch(hangingProbe, { n }, optionsOf(n)) : outbox.dispatch(probe, { n, kind }, optionsOf(n))
        for (const n of numbers) ids.push(await dispatch(n))
        return ids
      }),
    settled: async (wanted, withinMs) => {
      const until = performance.now() + withinMs
      for (let many = 0; many < wanted; await pause(20)) {
        many = await count("SELECT COUNT(*) AS many FROM message WHERE state IN ('done', 'failed')")
        assert.ok(many >= wanted || performance.now() < until, `${many} of ${wanted} messages were settled in ${withinMs} ms`)
      }
    },
    findings: async () => ({
      states: await statesOf(bus),
      effects: await count('SELECT COUNT(*) AS many FROM effect'),
      inEffect: await count('SELECT COUNT(DISTINCT n) AS many FROM effect'),
      begunAgain: await count('SELECT COUNT(*) AS many FROM message WHERE attempt > 1'),
    }),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await relaying
      await bus[Symbol.asyncDispose]()
    },
  }
}

async function statesOf({ database }: Bus): Promise<Record<string, number>> {
  const rows = await database.read.all<{ state: string; many: number }>('SELECT state, COUNT(*) AS many FROM message GROUP BY state')
  return Object.fromEntries(rows.map(({ state, many }) => [state, Number(many)]))
}

export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index)
