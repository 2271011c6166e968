import { handle, message } from '@holdfast/messenger'
import { z } from 'zod'
import type { BusOptions } from './bus.ts'

/**
 * plain: one effect · flaky: throws on its first attempts, then one effect · slow: one effect after a while, so that whoever dies often dies
 * in the middle of it · poison: throws on every attempt
 */
export const kinds = ['plain', 'flaky', 'slow', 'poison'] as const

export const work = message('torture.work.v1', z.object({ n: z.int(), kind: z.enum(kinds) }), { lane: 'high' })

export type Kind = (typeof kinds)[number]

/** The same for the same number, whoever asks. */
export function kindOf(n: number): Kind {
  if (n % 500 === 0) return 'poison'
  if (n % 20 === 1) return 'slow'
  return n % 10 === 2 ? 'flaky' : 'plain'
}

export const maxAttempts = 20

/** Nothing in this table forbids a second effect of a message: that is what the bus is for. */
export const effectTable = 'CREATE TABLE effect (n BIGINT NOT NULL, message_id CHAR(36) NOT NULL, attempt INT NOT NULL)'

const slowMs = 300

/** `done` is called with the number of each message that took effect here. */
export const wiring = (done: (n: number) => void): BusOptions => ({
  contracts: [work],
  handlers: [worker(done)],
  retry: { maxAttempts, delayMs: 100, multiplier: 1.5, maxDelayMs: 1_000, jitter: 0.5 },
  // A broker is wiped in this test: nobody waits three minutes.
  lostAfterMs: 20_000,
})

const worker = (done: (n: number) => void) =>
  handle(work, async ({ payload: { n, kind }, envelope: { id, attempt }, commit }) => {
    if (kind === 'poison') throw new Error(`${n} is poison`)
    if (kind === 'flaky' && attempt < 3) throw new Error(`${n} fails on attempt ${attempt}`)
    if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs))
    await commit(({ sql }) => sql.run('INSERT INTO effect (n, message_id, attempt) VALUES (?, ?, ?)', [n, id, attempt]))
    done(n)
  })
