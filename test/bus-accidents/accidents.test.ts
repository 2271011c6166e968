import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { askedToEnd } from './asked-to-end.ts'
import { killedConsumer } from './killed-consumer.ts'
import { manyRetries } from './many-retries.ts'
import { carriers, whyNot } from './place.ts'
import { poison } from './poison.ts'
import type { Report } from './report.ts'
import { restoreBesidePurge } from './restore-beside-purge.ts'
import { wipedBroker } from './wiped-broker.ts'

/** The short forms of `make accidents`. Most of their time they wait for a lease or a process, so they wait side by side. */
describe('an accident of the bus', { concurrency: 2 }, () => {
  for (const carrier of carriers) {
    const skip = whyNot(carrier)

    it(`what a killed consumer had in hand runs elsewhere (${carrier})`, { skip }, (t) =>
      expectWell(t, killedConsumer({ carrier, kills: 1, withinMs: 30_000, leaseMs: carrier === 'rabbitmq' ? 60_000 : 1_500 })),
    )

    it(`workers that are asked to end finish what they have begun, and nothing is begun again (${carrier})`, { skip }, (t) =>
      expectWell(t, askedToEnd({ carrier, times: 3, perSecond: 60 })),
    )

    it(`poison of every kind fails after exactly its attempts, and nothing beside it (${carrier})`, { skip }, (t) =>
      expectWell(t, poison({ carrier, each: 1, maxAttempts: 3 })),
    )
  }

  for (const carrier of ['sqlite', 'rabbitmq'] as const) {
    it(`a restore beside its purge is in time or too late, and never both (${carrier})`, { skip: whyNot(carrier) }, (t) =>
      expectWell(t, restoreBesidePurge({ carrier, races: 100, atOnce: 25 })),
    )
  }

  it('a broker that comes back without its data loses nothing', { skip: whyNot('rabbitmq') }, (t) =>
    expectWell(t, wipedBroker({ scheduled: 400, inFlight: 200, slowMs: 1_000, dueMs: { from: 1_000, to: 4_000 } })),
  )

  it('retries make no queues', { skip: whyNot('rabbitmq') }, (t) => expectWell(t, manyRetries({ retries: 200 })))
})

async function expectWell(t: TestContext, accident: Promise<Report>): Promise<void> {
  const { lines, faults } = await accident
  for (const line of lines) t.diagnostic(line)
  assert.deepEqual(faults, [], lines.join('\n'))
}
