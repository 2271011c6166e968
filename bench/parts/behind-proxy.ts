import { startTcpProxy } from '../../test/faults/tcp-proxy.ts'
import type { Server } from '../../tools/servers/server.ts'
import type { OptionalPart } from './optional-part.ts'

/** A server that is reached through a proxy: it can be killed and stalled itself, and the way to it refused. */
export async function startBehindProxy(
  start: () => Promise<Server & { readonly url: string }>,
): Promise<Pick<OptionalPart, 'faults'> & AsyncDisposable & { readonly url: string }> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await start())
  const proxy = opened.use(await startTcpProxy(server.url))
  const owned = opened.move()
  const refuse = async () => {
    await proxy.refuse()
    proxy.reset()
  }
  return {
    url: proxy.url,
    faults: {
      killed: { begin: server.kill, end: server.start },
      stalled: { begin: server.stall, end: server.resume },
      'refusing connections': { begin: refuse, end: proxy.accept },
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
