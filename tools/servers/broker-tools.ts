import type { Broker } from './broker.ts'
import { answers } from './first-words.ts'
import type { Server } from './server.ts'

interface BrokerPlace {
  readonly port: number
  readonly apiPort: number
  readonly password: string
}

/** A running broker with its addresses on these loopback ports, and what its command line can do. */
export function withBrokerTools(server: Server, { port, apiPort, password }: BrokerPlace, ctl: Broker['ctl']): Broker {
  return {
    ...server,
    url: `amqp://holdfast:${password}@127.0.0.1:${port}`,
    apiUrl: `http://holdfast:${password}@127.0.0.1:${apiPort}`,
    ctl,
    async wipe() {
      for (const step of ['stop_app', 'force_reset', 'start_app']) await ctl(step)
      await server.start()
    },
  }
}

/** Whether it takes connections, and is not somebody else's broker. */
export async function isBrokerReady({ port, apiPort, password }: BrokerPlace): Promise<boolean> {
  return (await answers(port, 'AMQP\0\0\x09\x01')) && (await letsIn(apiPort, password))
}

async function letsIn(apiPort: number, password: string): Promise<boolean> {
  const headers = { authorization: `Basic ${btoa(`holdfast:${password}`)}` }
  const signal = AbortSignal.timeout(2000)
  return fetch(`http://127.0.0.1:${apiPort}/api/whoami`, { headers, signal }).then(
    ({ ok }) => ok,
    () => false,
  )
}
