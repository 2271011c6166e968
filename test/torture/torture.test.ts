import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { whyNoBroker } from '../../tools/servers/broker.ts'
import { whyNoDatabase } from '../../tools/servers/database.ts'
import { countStrikes } from '../faults/fault.ts'
import { killCount } from './killer.ts'
import { runTorture, type TortureOptions } from './run-torture.ts'
import { openEmbedded, openStack, type Stack } from './stacks.ts'
import { summaryLines } from './summary.ts'

/** The short form of `make torture`; what it chooses is the same each time, so that a failure can be looked at again. */
const options = { seed: 20_261, clients: 6, faults: 2, pauseMs: 3_000, thorough: false, settleWithinMs: 60_000 }

test('nothing that was acknowledged is lost, altered, doubled or purged early while processes are killed', (t) =>
  survive(t, openEmbedded, { kills: 12, operations: 800 }))

test('nor on a database and a broker, while these are killed too', { skip: (await whyNoDatabase()) || (await whyNoBroker()) }, (t) =>
  survive(t, openStack, { kills: 8, operations: 400 }, ['kill the broker', 'kill the database']),
)

async function survive(
  t: TestContext,
  open: () => Promise<Stack>,
  size: Pick<TortureOptions, 'kills' | 'operations'>,
  chosen: readonly string[] = [],
): Promise<void> {
  await using opened = await open()
  // What a wiped broker lost is missed after minutes: that is for the long form.
  const { halfway: _, ...stack } = { ...opened, faults: opened.faults.filter(({ name }) => chosen.includes(name)) }
  const tried = { ...options, ...size, stack }
  const result = await runTorture(tried)
  for (const line of summaryLines(tried, result)) t.diagnostic(line)
  assert.deepEqual(
    result.findings.map(({ rule, detail }) => `${rule}: ${detail}`),
    [],
    `the data is kept in ${result.dataDir}`,
  )
  assert.ok(killCount(result) >= size.kills && result.operations >= size.operations, 'it did what it was asked for')
  assert.ok(chosen.length === 0 || countStrikes(result.strikes) >= options.faults, 'servers died')
}
