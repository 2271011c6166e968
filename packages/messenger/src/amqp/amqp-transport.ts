import type { ChannelModel } from 'amqplib'
import type { Database, SqlTransaction } from '../database.ts'
import { defaultLanes } from '../lanes.ts'
import { type Log, silentLog } from '../log.ts'
import { dispatchedRows } from '../sql/dispatched-rows.ts'
import { dueRows } from '../sql/due-rows.ts'
import { sqlTransport } from '../sql/sql-transport.ts'
import type { Intake, LaneSlots, Transport } from '../transport.ts'
import { createCarrier } from './carrier.ts'
import { pulledInbox, pushedInbox } from './inboxes.ts'
import { createLink } from './link.ts'
import { assertDeclared, declare, missingLanes, topologyOf } from './topology.ts'

export interface AmqpOptions {
  /** Where the tables of `@holdfast/messenger/sql` are. */
  readonly database: Database
  /** `amqp://user:password@host:port/vhost`, or `amqps://…?cacertfile=PATH`, one for each node of the broker. */
  readonly urls: readonly string[]
  /** Names the exchange and begins the names of the queues. `holdfast` by default. */
  readonly prefix?: string
  /** Those of the messenger: `high`, `low` and `external` by default. */
  readonly lanes?: readonly string[]
  /**
   * Messages of a lane that wait in the broker at once. The others wait in the table, where they can be counted, moved and cancelled. 5,000 by
   * default.
   */
  readonly maxQueued?: number
  readonly log?: Log
}

/** Must be closed. Nothing is connected before it is needed, and a broker that is away keeps nobody from dispatching. */
export interface AmqpTransport extends Transport<SqlTransaction>, AsyncDisposable {
  /** Declares the exchange and the queues; may be repeated. Throws `messenger.broker_unavailable`, `messenger.misconfigured`. */
  setup(): Promise<void>
  /** Throws `messenger.broker_unavailable`, and `messenger.misconfigured` when something is missing or other than it should be. */
  check(): Promise<void>
}

/** The table decides what is due and keeps the receipts; RabbitMQ (3.10 to 4.x) carries what is due to the workers. */
export function amqpTransport(options: AmqpOptions): AmqpTransport {
  const { database, urls, prefix = 'holdfast', lanes = defaultLanes, maxQueued = 5_000, log = silentLog } = options
  const topology = topologyOf(prefix, lanes)
  const rows = dispatchedRows(database)
  const due = dueRows(database)
  let isDeclared = false
  // In this order: whoever dies in between leaves it to the next to find the queues missing.
  const prepare = async (connection: ChannelModel) => {
    const forgotten = await missingLanes(connection, topology)
    if (forgotten.length > 0) await database.transaction((tx) => due.reclaimConfirmed(tx, forgotten))
    // A cluster of which one node is silent answers no declaration for a minute.
    else if (isDeclared) return
    await declare(connection, topology)
    isDeclared = true
  }
  const linkFor = (role: string) => createLink({ urls, name: `${prefix} ${role} ${process.pid}`, prepare, log })
  const link = linkFor('relay')
  const onUndeclared = () => {
    isDeclared = false
  }
  const carrier = createCarrier({ link, topology, maxQueued, onUndeclared })
  const inboxDeps = (slots: LaneSlots, intake: Intake) => ({ link: linkFor('worker'), topology, rows, lanes: slots, intake, log })
  return {
    ...sqlTransport(database),
    name: `amqp (${database.dialect})`,
    capabilities: new Set(['durable', 'shared']),
    broker: {
      ...carrier,
      dueRows: due,
      consume: (slots, intake, ring) => pushedInbox(inboxDeps(slots, intake), ring),
      pull: (slots, intake) => pulledInbox(inboxDeps(slots, intake)),
    },
    setup: async () => {
      await link.open()
    },
    check: async () => {
      const inspect = async (connection: ChannelModel) => {
        await assertDeclared(connection, topology)
        await declare(connection, topology)
      }
      await using probe = createLink({ urls, name: `${prefix} check`, prepare: inspect, log })
      await probe.open()
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  }
}
