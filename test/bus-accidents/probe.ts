import { setTimeout as pause } from 'node:timers/promises'
import { handle, message, type RetryPolicy } from '@holdfast/messenger'
import { z } from 'zod'
import type { BusOptions } from '../bus-torture/bus.ts'

/**
 * plain: one effect · slow: one effect after a while · flaky: throws once, then one effect · throws, hangs, kills (its process): on every
 * attempt, and no effect
 */
const kinds = ['plain', 'slow', 'flaky', 'throws', 'kills'] as const

export type Kind = (typeof kinds)[number] | 'hangs'

export const probe = message('accident.probe.v1', z.object({ n: z.int(), kind: z.enum(kinds) }), { lane: 'high' })
/** `hangs`: of a contract of its own, for only it is to meet a time limit, however busy the machine is. */
export const hangingProbe = message('accident.hanging-probe.v1', z.object({ n: z.int() }), { lane: 'high' })

/** A handler has begun, by the machine's clock. */
export interface Began {
  readonly n: number
  readonly attempt: number
  readonly at: number
}

/** What a scene chooses of its bus. */
export interface ProbeOptions {
  readonly slowMs?: number
  readonly retry?: Partial<RetryPolicy>
  /** Of a probe that hangs. */
  readonly timeLimitMs?: number
}

/** Nothing in this table forbids a second effect of a message: that is what the bus is for. */
export const effectTable = 'CREATE TABLE effect (n BIGINT NOT NULL, attempt INT NOT NULL)'

/** `began` is told of each attempt, `ended` of each that came to an end, whichever. */
export function probing(
  options: ProbeOptions,
  began: (told: Began) => void = () => undefined,
  ended: (n: number) => void = () => undefined,
): BusOptions {
  const { slowMs = 1_000, timeLimitMs = 1_000, ...given } = options
  const onProbe = handle(probe, async ({ payload: { n, kind }, envelope: { attempt }, commit }) => {
    began({ n, attempt, at: Date.now() })
    try {
      if (kind === 'throws' || (kind === 'flaky' && attempt === 1)) throw new Error(`${n} fails on attempt ${attempt}`)
      if (kind === 'kills') process.kill(process.pid, 'SIGKILL')
      if (kind === 'slow') await pause(slowMs)
      await commit(({ sql }) => sql.run('INSERT INTO effect (n, attempt) VALUES (?, ?)', [n, attempt]))
    } finally {
      ended(n)
    }
  })
  const onHangingProbe = handle(hangingProbe, () => new Promise(() => undefined), { timeLimitMs })
  return { ...given, contracts: [probe, hangingProbe], handlers: [onProbe, onHangingProbe] }
}
