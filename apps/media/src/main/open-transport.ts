import type { Database } from '@holdfast/database'
import type { Log, Transport } from '@holdfast/messenger'
import { type AmqpTransport, amqpTransport } from '@holdfast/messenger/amqp'
import { type SqlTransaction, sqlTransport } from '@holdfast/messenger/sql'

export interface OpenedTransport {
  readonly transport: Transport<SqlTransaction>
  /** Undefined where the database itself carries messages. */
  readonly broker: Pick<AmqpTransport, 'setup' | 'check'> | undefined
  close(): Promise<void>
}

/** Messages are rows of the database in any case. Nothing is connected before it is needed: a broker that is away keeps nobody from starting. */
export function openTransport(database: Database, brokerUrls: readonly string[], log: Log): OpenedTransport {
  if (brokerUrls.length === 0) return { transport: sqlTransport(database), broker: undefined, close: async () => undefined }
  const transport = amqpTransport({ database, urls: brokerUrls, log })
  return { transport, broker: transport, close: async () => transport[Symbol.asyncDispose]() }
}
