import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killCount } from './killer.ts'
import { runTorture } from './run-torture.ts'
import { summaryLines } from './summary.ts'

/** The short form of `make torture`; what it chooses is the same each time, so that a failure can be looked at again. */
const options = { seed: 20_261, kills: 12, operations: 800, clients: 6, processes: 2, thorough: false }

test('nothing that was acknowledged is lost, altered, doubled or purged early while processes are killed', async (t) => {
  const result = await runTorture(options)
  for (const line of summaryLines(options, result)) t.diagnostic(line)
  assert.deepEqual(
    result.findings.map(({ rule, detail }) => `${rule}: ${detail}`),
    [],
    `the data is kept in ${result.dataDir}`,
  )
  assert.ok(killCount(result) >= options.kills && result.operations >= options.operations, 'it did what it was asked for')
})
