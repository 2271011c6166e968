import type { Database } from '@holdfast/database'
import type { Log, Transport } from '@holdfast/messenger'
import type { AmqpTransport } from '@holdfast/messenger/amqp'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'
import { addressed } from './addressed.ts'

export interface OpenedTransport {
  readonly transport: Transport<SqlTransaction>
  /** Undefined where the database itself carries messages. */
  readonly broker: Pick<AmqpTransport, 'setup' | 'check'> | undefined
  close(): Promise<void>
}

/**
 * Messages are rows of the database in any case. Nothing is connected before it is needed: a broker that is away keeps nobody from starting. Its
 * driver is loaded where there is one.
 */
export async function openTransport(database: Database, brokerUrls: readonly string[], log: Log): Promise<OpenedTransport> {
  if (brokerUrls.length === 0) return { transport: sqlTransport(database), broker: undefined, close: async () => undefined }
  const { amqpTransport } = await import('@holdfast/messenger/amqp')
  const transport = addressed('MESSENGER_TRANSPORT_DSN', () => amqpTransport({ database, urls: brokerUrls, log }))
  return { transport, broker: transport, close: async () => transport[Symbol.asyncDispose]() }
}
