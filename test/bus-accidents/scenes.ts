import { askedToEnd } from './asked-to-end.ts'
import { killedConsumer } from './killed-consumer.ts'
import { type CarrierName, carriers } from './place.ts'
import type { Report } from './report.ts'

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
  ...carriers.map((carrier): Scene => ({ name: 'asked-to-end', carrier, run: () => askedToEnd({ carrier, times: 50, perSecond: 300 }) })),
]
