import type { ChannelModel } from 'amqplib'
import type { Log } from '../log.ts'
import { MessengerError } from '../messenger-error.ts'
import { type BrokerAddress, parseBrokerUrl } from './broker-address.ts'
import { answerMs, closeConnection, dropConnection, inTime, openConnection } from './node-connection.ts'

export interface LinkOptions {
  /** Nodes of one broker. The first is preferred: a link that had to go to another comes back to it. */
  readonly urls: readonly string[]
  /** Shown by the broker beside the connection. */
  readonly name: string
  /** Run on each new connection before anybody uses it. */
  readonly prepare: (connection: ChannelModel) => Promise<void>
  readonly log: Log
  /** How often a link that is with another node looks whether the preferred one is back. 10 s by default. */
  readonly homeEveryMs?: number
}

/** One connection, opened when it is needed and again after it was lost. */
export interface Link extends AsyncDisposable {
  /** Throws `messenger.broker_unavailable` when no node answers, and what `prepare` throws of our own. */
  open(): Promise<ChannelModel>
  /** What the broker answers on a connection, which ends when that takes too long: a node may wait for another that is silent. */
  inTime<Answer>(connection: ChannelModel, answer: Promise<Answer>): Promise<Answer>
  /** Ends a connection that is of no use any more: its channels close at once. The next `open` begins at another node. */
  drop(connection: ChannelModel, reason: string): void
}

/** Where another node could be asked instead. One that has stalled still takes connections, and says nothing. */
const impatientMs = 2_000

interface Lent {
  readonly connection: ChannelModel
  readonly node: BrokerAddress
}

export function createLink({ urls, homeEveryMs = 10_000, ...options }: LinkOptions): Link {
  const silentMs = urls.length > 1 ? impatientMs : answerMs
  let nodes = urls.map(parseBrokerUrl)
  const [home] = nodes
  let current: Promise<ChannelModel> | undefined
  /** What `current` resolved with, while it is open. */
  let lent: Lent | undefined

  /** To be asked last. The others by chance: else the links of many processes gather on one node, and stop together with it. */
  const passOver = (node: BrokerAddress) => {
    nodes = [...shuffled(nodes.filter((other) => other !== node)), node]
  }

  const openNode = async (node: BrokerAddress): Promise<Lent> => {
    const connection = await openConnection(node, { ...options, silentMs })
    connection.on('close', () => {
      // Else another is in use, or being opened, by now.
      if (lent?.connection !== connection) return
      current = undefined
      lent = undefined
      passOver(node)
    })
    return { connection, node }
  }

  const openAny = async (): Promise<ChannelModel> => {
    const failures: unknown[] = []
    for (const node of nodes) {
      try {
        lent = await openNode(node)
        return lent.connection
      } catch (error) {
        if (error instanceof MessengerError) throw error
        passOver(node)
        failures.push(error)
      }
    }
    const cause = failures.length === 1 ? failures[0] : new AggregateError(failures, 'no node answers')
    throw new MessengerError('messenger.broker_unavailable', 'the broker cannot be reached', { cause })
  }

  const comeHome = async (): Promise<void> => {
    const away = lent
    if (home === undefined || away === undefined || away.node === home) return
    const found = await openNode(home)
    if (lent !== away) return closeConnection(found.connection)
    lent = found
    current = Promise.resolve(found.connection)
    await closeConnection(away.connection)
  }
  const homing = setInterval(() => void comeHome().catch(() => undefined), homeEveryMs).unref()

  return {
    open: () => {
      const opening = current ?? openAny()
      current = opening
      opening.catch(() => {
        if (current === opening) current = undefined
      })
      return opening
    },
    inTime,
    drop: dropConnection,
    [Symbol.asyncDispose]: async () => {
      clearInterval(homing)
      const connection = await current?.catch(() => undefined)
      if (connection !== undefined) await closeConnection(connection)
    },
  }
}

const shuffled = <Item>(items: readonly Item[]): Item[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)
