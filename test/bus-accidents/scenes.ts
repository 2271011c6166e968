import { startBroker } from '../../tools/servers/broker.ts'
import { askedToEnd } from './asked-to-end.ts'
import { killedConsumer } from './killed-consumer.ts'
import { manyRetries } from './many-retries.ts'
import { type CarrierName, carriers } from './place.ts'
import { poison } from './poison.ts'
import type { Report } from './report.ts'
import { restoreBesidePurge } from './restore-beside-purge.ts'
import { wipedBroker } from './wiped-broker.ts'

export interface Scene {
  readonly name: string
  readonly carrier: CarrierName
  run(): Promise<Report>
}

const leaseMs = 10_000
/** The broker tells of a lost connection at once; a table only knows that a lease ran out, and is then looked at. */
const withinMs = (carrier: CarrierName) => (carrier === 'rabbitmq' ? 1_000 : leaseMs + 1_000)

/** Each in its long form. */
export const scenes: readonly Scene[] = [
  ...carriers.map(
    (carrier): Scene => ({
      name: 'killed-consumer',
      carrier,
      run: () => killedConsumer({ carrier, kills: 20, leaseMs, withinMs: withinMs(carrier) }),
    }),
  ),
  ...carriers.map((carrier): Scene => ({ name: 'poison', carrier, run: () => poison({ carrier, each: 5, maxAttempts: 5 }) })),
  ...(['sqlite', 'rabbitmq'] as const).map(
    (carrier): Scene => ({
      name: 'restore-beside-purge',
      carrier,
      run: () => restoreBesidePurge({ carrier, races: 10_000, atOnce: 40 }),
    }),
  ),
  {
    name: 'wiped-broker',
    carrier: 'rabbitmq',
    run: async () => {
      await using broker = await startBroker()
      return await wipedBroker({ scheduled: 20_000, inFlight: 1_000, slowMs: 4_000, dueMs: { from: 60_000, to: 120_000 }, broker })
    },
  },
  { name: 'many-retries', carrier: 'rabbitmq', run: () => manyRetries({ retries: 10_000 }) },
  ...carriers.map((carrier): Scene => ({ name: 'asked-to-end', carrier, run: () => askedToEnd({ carrier, times: 50, perSecond: 300 }) })),
]
