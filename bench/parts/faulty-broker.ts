import { startTcpProxy } from '../../test/faults/tcp-proxy.ts'
import { startBroker } from '../../tools/servers/broker.ts'
import type { OptionalPart } from './optional-part.ts'

export async function startFaultyBroker(): Promise<OptionalPart> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startBroker())
  const proxy = opened.use(await startTcpProxy(server.url))
  const owned = opened.move()
  const refuse = async () => {
    await proxy.refuse()
    proxy.reset()
  }
  return {
    name: 'broker',
    calls: ['carry'],
    settings: { MESSENGER_TRANSPORT_DSN: proxy.url },
    faults: {
      killed: { begin: server.kill, end: server.start },
      stalled: { begin: server.stall, end: server.resume },
      'refusing connections': { begin: refuse, end: proxy.accept },
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
