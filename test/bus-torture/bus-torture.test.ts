import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { whyNoBroker } from '../../tools/servers/broker.ts'
import { whyNoDatabase } from '../../tools/servers/database.ts'
import { runBusTorture } from './run-bus-torture.ts'
import { openEmbedded, openStack, type Stack } from './stacks.ts'
import { busSummary, isClean } from './summary.ts'

/** The short form of `make torture-bus`; what it chooses is the same each time, so that a failure can be looked at again. */
const options = { seed: 20_262, messages: 1_500, perSecond: 150, strikes: 12, pauseMs: 1_000, settleWithinMs: 120_000 }

test('on SQLite nothing is lost or doubled while processes are killed', (t) => survive(t, openEmbedded))

const withoutServers = (await whyNoDatabase()) || (await whyNoBroker())

test('on a database and a broker nothing is lost or doubled while anything is killed or cut', { skip: withoutServers }, (t) =>
  survive(t, openStack),
)

async function survive(t: TestContext, open: () => Promise<Stack>): Promise<void> {
  await using stack = await open()
  // A whole minute without the database is for the long form.
  const { halfway: _, ...short } = stack
  const tried = { ...short, ...options }
  const result = await runBusTorture(tried)
  const lines = busSummary(tried, result)
  for (const line of lines) t.diagnostic(line)
  assert.ok(isClean(result), lines.join('\n'))
  assert.equal(result.said, options.messages)
}
