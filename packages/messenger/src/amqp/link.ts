import { Duplex } from 'node:stream'
import { type ChannelModel, connect } from 'amqplib'
import type { Log } from '../log.ts'
import { MessengerError } from '../messenger-error.ts'
import { type BrokerAddress, parseBrokerUrl } from './broker-address.ts'
import { within } from './within.ts'

export interface LinkOptions {
  /** Nodes of one broker, tried in turn. */
  readonly urls: readonly string[]
  /** Shown by the broker beside the connection. */
  readonly name: string
  /** Run on each new connection before anybody uses it. */
  readonly prepare: (connection: ChannelModel) => Promise<void>
  readonly log: Log
}

/** One connection, opened when it is needed and again after it was lost. */
export interface Link extends AsyncDisposable {
  /** Throws `messenger.broker_unavailable` when no node answers, and what `prepare` throws of our own. */
  open(): Promise<ChannelModel>
  /** Ends a connection that is of no use any more: its channels close at once. The next `open` begins at another node. */
  drop(connection: ChannelModel, reason: string): void
}

const openMs = 5_000
const closeMs = 1_000

export function createLink({ urls, name, prepare, log }: LinkOptions): Link {
  const nodes = urls.map(parseBrokerUrl)
  let first = 0
  let current: Promise<ChannelModel> | undefined

  const openNode = async ({ url, socket }: BrokerAddress): Promise<ChannelModel> => {
    const clientProperties = { connection_name: name }
    const connection = await connect(url, { ...socket, timeout: openMs, noDelay: true, keepAlive: true, clientProperties })
    gatherWrites(socketOf(connection))
    let reason: unknown
    let isGivenOut = false
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    connection.on('error', (error) => {
      reason = error
    })
    connection.on('close', (error) => {
      destroySocket(connection, 'closed')
      lost.reject(reason ?? error ?? new Error('the connection was closed while it was prepared'))
      // Else it is the next node that is being opened by now.
      if (isGivenOut) current = undefined
      first += 1
      if (reason !== undefined || error !== undefined) log.warn({ err: reason ?? error }, 'the connection to the broker was lost')
    })
    const late = setTimeout(() => destroySocket(connection, 'the broker took too long to answer'), openMs)
    try {
      // The driver never answers the closing of a channel that its connection did not outlive.
      await Promise.race([prepare(connection), lost.promise])
      if (socketOf(connection)?.destroyed === true) throw new Error('the connection was lost while it was prepared')
      isGivenOut = true
      return connection
    } catch (error) {
      destroySocket(connection, 'not usable')
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  const openAny = async (): Promise<ChannelModel> => {
    const failures: unknown[] = []
    for (const node of [...nodes.slice(first % nodes.length), ...nodes.slice(0, first % nodes.length)]) {
      try {
        return await openNode(node)
      } catch (error) {
        if (error instanceof MessengerError) throw error
        failures.push(error)
      }
    }
    const cause = failures.length === 1 ? failures[0] : new AggregateError(failures, 'no node answers')
    throw new MessengerError('messenger.broker_unavailable', 'the broker cannot be reached', { cause })
  }

  return {
    open: () => {
      const opening = current ?? openAny()
      current = opening
      opening.catch(() => {
        if (current === opening) current = undefined
      })
      return opening
    },
    drop: destroySocket,
    [Symbol.asyncDispose]: async () => {
      const connection = await current?.catch(() => undefined)
      if (connection === undefined) return
      await within(closeMs, connection.close())
      destroySocket(connection, 'closed')
    },
  }
}

/** The driver itself only ends its half of a socket, which a node that has stalled never answers. */
function destroySocket(connection: ChannelModel, reason: string): void {
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
