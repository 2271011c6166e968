import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { askedToEnd } from './asked-to-end.ts'
import { killedConsumer } from './killed-consumer.ts'
import { carriers, whyNot } from './place.ts'
import type { Report } from './report.ts'

/** The short forms of `make accidents`. */

for (const carrier of carriers) {
  const skip = whyNot(carrier)

  test(`what a killed consumer had in hand runs elsewhere (${carrier})`, { skip }, (t) =>
    expectWell(t, killedConsumer({ carrier, kills: 1, withinMs: 8_000, leaseMs: carrier === 'rabbitmq' ? 10_000 : 1_500 })),
  )

  test(`workers that are asked to end finish what they have begun, and nothing is begun again (${carrier})`, { skip }, (t) =>
    expectWell(t, askedToEnd({ carrier, times: 3, perSecond: 150 })),
  )
}

async function expectWell(t: TestContext, accident: Promise<Report>): Promise<void> {
  const { lines, faults } = await accident
  for (const line of lines) t.diagnostic(line)
  assert.deepEqual(faults, [], lines.join('\n'))
}
