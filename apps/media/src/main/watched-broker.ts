import type { Carrier } from '@holdfast/messenger'
import type { AmqpTransport } from '@holdfast/messenger/amqp'
import { type ObserveCall, watchCalls } from '../kernel/part-call.ts'

/** Tells of what it is given, and of whether it has room. What it delivers are messages, and counted as such. */
export function watchBroker(transport: AmqpTransport, observe: ObserveCall): AmqpTransport {
  const { broker } = transport
  if (broker === undefined) return transport
  const watch = watchCalls(observe, () => true)
  /** It never throws: what was not kept says that it failed. */
  const carry: Carrier['carry'] = async (parcels) => {
    const startedAt = performance.now()
    const kept = await broker.carry(parcels)
    observe({ call: 'carry', outcome: kept.size < parcels.length ? 'failed' : 'done', durationMs: performance.now() - startedAt })
    return kept
  }
  return {
    ...transport,
    setup: () => watch('setup', () => transport.setup()),
    broker: { ...broker, carry, room: (lane) => watch('room', () => broker.room(lane)) },
  }
}
