/** A message of the broker in this worker's reach, until it is settled. */
export interface Arrival {
  readonly messageId: string
  readonly lane: string
  /** It was given to somebody before whose channel died, or who handed it back. */
  readonly isRedelivered: boolean
  /** Lets the broker forget it. Does nothing when the channel is gone: then it has been given to somebody else. */
  acknowledge(): void
  /** Back into the queue. */
  handBack(): void
}

/** What has arrived: waiting for a claim, or held by one. */
export interface Arrivals {
  /** Answers whether it waits for a claim: another delivery of what is held is adopted. */
  add(arrival: Arrival): boolean
  /** Ids that wait in a lane, in the order they came. */
  waiting(lane: string, limit: number): string[]
  isRedelivered(lane: string, messageId: string): boolean
  hold(messageId: string): void
  settle(messageId: string): void
  /** Back to the broker with all that wait. */
  handBack(): void
  /** The channel is gone, and what waited has gone back by itself. What is held stays held: the handler still runs. */
  lose(): void
}

export function createArrivals(lanes: Iterable<string>): Arrivals {
  const waiting = new Map<string, Map<string, Arrival[]>>([...lanes].map((lane) => [lane, new Map()]))
  const held = new Map<string, Arrival[]>()

  const takeWaiting = (messageId: string): Arrival[] => {
    for (const ofLane of waiting.values()) {
      const arrived = ofLane.get(messageId)
      if (ofLane.delete(messageId)) return arrived ?? []
    }
    return []
  }

  return {
    add: (arrival) => {
      const { lane, messageId } = arrival
      const inHand = held.get(messageId)
      if (inHand !== undefined) {
        inHand.push(arrival)
        return false
      }
      const ofLane = waiting.get(lane)
      ofLane?.set(messageId, [...(ofLane.get(messageId) ?? []), arrival])
      return true
    },
    waiting: (lane, limit) => waiting.get(lane)?.keys().take(Math.max(0, limit)).toArray() ?? [],
    isRedelivered: (lane, messageId) =>
      waiting
        .get(lane)
        ?.get(messageId)
        ?.some(({ isRedelivered }) => isRedelivered) ?? false,
    hold: (messageId) => held.set(messageId, [...(held.get(messageId) ?? []), ...takeWaiting(messageId)]),
    settle: (messageId) => {
      for (const arrival of [...takeWaiting(messageId), ...(held.get(messageId) ?? [])]) arrival.acknowledge()
      held.delete(messageId)
    },
    handBack: () => {
      for (const ofLane of waiting.values()) {
        for (const arrival of [...ofLane.values()].flat()) arrival.handBack()
        ofLane.clear()
      }
    },
    lose: () => {
      for (const ofLane of waiting.values()) ofLane.clear()
      for (const messageId of held.keys()) held.set(messageId, [])
    },
  }
}
