import { startBroker } from '../../tools/servers/broker.ts'
import { startBehindProxy } from './behind-proxy.ts'
import type { OptionalPart } from './optional-part.ts'

export async function startFaultyBroker(): Promise<OptionalPart> {
  const { url, ...server } = await startBehindProxy(startBroker)
  return { name: 'broker', calls: ['carry'], settings: { MESSENGER_TRANSPORT_DSN: url }, ...server }
}
