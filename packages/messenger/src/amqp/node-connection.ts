import { Duplex } from 'node:stream'
import { type ChannelModel, connect } from 'amqplib'
import type { Log } from '../log.ts'
import type { BrokerAddress } from './broker-address.ts'
import { within } from './within.ts'

export interface ConnectionOptions {
  /** Shown by the broker beside the connection. */
  readonly name: string
  /** How long a node may say nothing before the connection is open. */
  readonly silentMs: number
  /** Run on the connection before anybody uses it. */
  readonly prepare: (connection: ChannelModel) => Promise<void>
  readonly log: Log
}

/** How long a broker may take for one answer. */
export const answerMs = 5_000
const closeMs = 1_000

/** Throws what the driver throws, and what `prepare` throws. */
export async function openConnection({ url, socket }: BrokerAddress, options: ConnectionOptions): Promise<ChannelModel> {
  const { name, silentMs, prepare, log } = options
  const clientProperties = { connection_name: name }
  const connection = await connect(url, { ...socket, timeout: silentMs, noDelay: true, keepAlive: true, clientProperties })
  gatherWrites(socketOf(connection))
  const lost = Promise.withResolvers<never>()
  lost.promise.catch(() => undefined)
  let reason: unknown
  connection.on('error', (error) => {
    reason = error
  })
  connection.on('close', (error) => {
    dropConnection(connection, 'closed')
    lost.reject(reason ?? error ?? new Error('the connection was closed while it was prepared'))
    if (reason !== undefined || error !== undefined) log.warn({ err: reason ?? error }, 'the connection to the broker was lost')
  })
  try {
    // The driver never answers the closing of a channel that its connection did not outlive.
    await inTime(connection, Promise.race([prepare(connection), lost.promise]))
    if (socketOf(connection)?.destroyed === true) throw new Error('the connection was lost while it was prepared')
    return connection
  } catch (error) {
    dropConnection(connection, 'not usable')
    throw error
  }
}

/** What the broker answers on a connection, which ends when that takes too long. */
export async function inTime<Answer>(connection: ChannelModel, answer: Promise<Answer>): Promise<Answer> {
  const late = setTimeout(() => dropConnection(connection, 'the broker took too long to answer'), answerMs)
  try {
    return await answer
  } finally {
    clearTimeout(late)
  }
}

export async function closeConnection(connection: ChannelModel): Promise<void> {
  await within(closeMs, connection.close())
  dropConnection(connection, 'closed')
}

/** Its channels close at once. The driver itself only ends its half of a socket, which a node that has stalled never answers. */
export function dropConnection(connection: ChannelModel, reason: string): void {
  socketOf(connection)?.destroy(new Error(reason))
}

/** The driver writes each frame by itself; those of one turn leave together. */
function gatherWrites(socket: Duplex | undefined): void {
  if (socket === undefined) return
  const gather = () => {
    if (socket.writableCorked > 0) return
    socket.cork()
    process.nextTick(() => socket.uncork())
  }
  socket.write = new Proxy(socket.write, {
    apply: (write, _, frame: Parameters<Duplex['write']>) => {
      gather()
      return write.apply(socket, frame)
    },
  })
}

/** Its types do not name it. */
const socketOf = ({ connection }: ChannelModel): Duplex | undefined =>
  'stream' in connection && connection.stream instanceof Duplex ? connection.stream : undefined
