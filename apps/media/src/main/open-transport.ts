import type { Database } from '@holdfast/database'
import type { Log, Transport } from '@holdfast/messenger'
import type { AmqpTransport } from '@holdfast/messenger/amqp'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import type { Metrics } from '../http/metrics.ts'
import { addressed } from './addressed.ts'
import { watchBroker } from './watched-broker.ts'

export interface OpenedTransport extends AsyncDisposable {
  readonly transport: Transport<SqlTransaction>
  /** Undefined where the database itself carries messages. */
  readonly broker: Pick<AmqpTransport, 'setup' | 'check'> | undefined
}

interface OpenTransportDeps {
  readonly database: Database
  readonly metrics: Pick<Metrics, 'callsOf'>
  readonly log: Log
}

/**
 * Messages are rows of the database in any case. Nothing is connected before it is needed: a broker that is away keeps nobody from starting. Its
 * driver is loaded where there is one.
 */
export async function openTransport(
  brokerUrls: readonly string[],
  { database, metrics, log }: OpenTransportDeps,
): Promise<OpenedTransport> {
  if (brokerUrls.length === 0) return { transport: sqlTransport(database), broker: undefined, [Symbol.asyncDispose]: async () => undefined }
  const { amqpTransport } = await import('@holdfast/messenger/amqp')
  const transport = addressed('MESSENGER_TRANSPORT_DSN', () =>
    watchBroker(amqpTransport({ database, urls: brokerUrls, log }), metrics.callsOf('broker')),
  )
  return { transport, broker: transport, [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() }
}
