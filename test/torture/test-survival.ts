import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { killCount } from './killer.ts'
import { runTorture, type TortureOptions, type TortureResult } from './run-torture.ts'
import { summaryLines } from './summary.ts'

/**
 * What the short forms choose is the same each time, so that a failure can be looked at again. An erasure that was cut off is taken up by the clock,
 * after one to two minutes.
 */
const options = { seed: 20_261, clients: 6, faults: 1, pauseMs: 3_000, thorough: false, settleWithinMs: 180_000 }

/** A short form of `make torture`. */
export async function survive(t: TestContext, chosen: Pick<TortureOptions, 'stack' | 'kills' | 'operations'>): Promise<TortureResult> {
  const tried = { ...options, ...chosen }
  const result = await runTorture(tried)
  for (const line of summaryLines(tried, result)) t.diagnostic(line)
  assert.deepEqual(
    result.findings.map(({ rule, detail }) => `${rule}: ${detail}`),
    [],
    `the data is kept in ${result.dataDir}`,
  )
  assert.ok(killCount(result) >= chosen.kills && result.operations >= chosen.operations, 'it did what it was asked for')
  return result
}
