import { randomUUID } from 'node:crypto'
import { type CarryDeps, claimMs, type Published, publish, record } from './carry-due.ts'
import { createDeadlines } from './deadlines.ts'
import type { Log } from './log.ts'
import type { StoredMessage, Transaction } from './transport.ts'

/**
 * The short way to the broker. While nothing due waits in the table, a new message that is due at once enters it claimed by this process already,
 * and goes to the broker right after its commit. Should the process die in between, a relay finds the lapsed claim as it finds any other.
 */
export interface Forwarder {
  /** The message as a claimed row; undefined where it should wait its turn in the table. */
  claim(message: StoredMessage): StoredMessage | undefined
  /** To be called with a claimed message after its commit. Does not throw. */
  forward(message: StoredMessage): void
  /** A relay tells whether nothing due waits in a lane, and the broker has room. */
  setClear(lane: string, isClear: boolean): void
  /** When no relay runs any more: resolves when all that was forwarded is in safe hands. */
  ended(): Promise<void>
}

export interface ForwarderDeps<Tx extends Transaction> extends CarryDeps<Tx> {
  /** Wakes the relay. */
  readonly ring: () => void
  readonly log: Log
}

export function createForwarder<Tx extends Transaction>(deps: ForwarderDeps<Tx>): Forwarder {
  const { broker, ring, log } = deps
  const token = randomUUID()
  const clearLanes = new Set<string>()
  const carrying = new Set<Promise<void>>()
  const deadlines = createDeadlines(deps, token)
  let waiting: StoredMessage[] = []
  let hasRelay = false

  const waitTheirTurn = (lanes: Iterable<string>) => {
    for (const lane of lanes) clearLanes.delete(lane)
    ring()
  }

  const carry = async (messages: readonly StoredMessage[]): Promise<void> => {
    const { queued, ...others } = hasRelay ? await publish(deps, messages) : leave(messages)
    deadlines.extend(queued)
    if (others.left.length > 0) waitTheirTurn(messages.map(({ lane }) => lane))
    await record(deps, token, { ...others, queued: [] })
  }

  /** One that nobody hears of here lapses, and is claimed anew. */
  const carryAll = () => {
    const messages = waiting
    if (messages.length === 0) return
    waiting = []
    const carried = carry(messages)
      .catch((error: unknown) => log.warn({ err: error }, 'messages that the broker did not take could not be put back yet'))
      .finally(() => carrying.delete(carried))
    carrying.add(carried)
    for (const lane of new Set(messages.map(({ lane }) => lane))) void keepRoom(lane)
  }

  const keepRoom = async (lane: string): Promise<void> => {
    const room = await broker.room(lane).catch(() => 0)
    if (room <= 0) waitTheirTurn([lane])
  }

  return {
    claim: (message) => {
      const now = message.createdAt
      if (message.dueAt > now || !clearLanes.has(message.lane)) return undefined
      return { ...message, state: 'dispatched', dispatchedAt: now, leaseToken: token, leaseUntil: now + claimMs }
    },
    forward: (message) => {
      if (waiting.push(message) === 1) setImmediate(carryAll)
    },
    setClear: (lane, isClear) => {
      hasRelay = true
      if (isClear) clearLanes.add(lane)
      else clearLanes.delete(lane)
    },
    ended: async () => {
      clearLanes.clear()
      carryAll()
      hasRelay = false
      await Promise.all(carrying)
      await deadlines.flush()
    },
  }
}

/** Whoever ends may be about to close its connection: another relay takes them. */
const leave = (messages: readonly StoredMessage[]): Published => ({ queued: [], told: [], left: messages.map(({ id }) => id), refused: [] })
