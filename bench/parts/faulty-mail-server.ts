import { startTcpProxy } from '../../test/faults/tcp-proxy.ts'
import { startMailServer } from '../../tools/servers/smtp.ts'
import type { OptionalPart } from './optional-part.ts'

export async function startFaultyMailServer(): Promise<OptionalPart> {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startMailServer())
  const proxy = opened.use(await startTcpProxy(server.url))
  const owned = opened.move()
  const refuse = async () => {
    await proxy.refuse()
    proxy.reset()
  }
  return {
    name: 'mail',
    calls: ['send'],
    settings: { MAILER_DSN: proxy.url, APP_SENDER_EMAIL: 'media@holdfast.example' },
    faults: {
      killed: { begin: server.kill, end: server.start },
      stalled: { begin: server.stall, end: server.resume },
      'refusing connections': { begin: refuse, end: proxy.accept },
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
