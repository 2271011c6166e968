/** The lanes there are unless a messenger names others. `external` carries messages from and for other systems. */
export const defaultLanes = ['high', 'low', 'external'] as const

export interface LaneOptions {
  /** Messages of this lane in work at once. While all are busy the lane takes no more and leaves the other lanes alone. */
  readonly slots: number
  /** The lane's share of the worker's slots while several lanes have messages waiting, as a number of 1 or more. */
  readonly weight: number
}

export const defaultLaneOptions: Readonly<Record<string, LaneOptions>> = {
  high: { slots: 64, weight: 8 },
  low: { slots: 16, weight: 2 },
  external: { slots: 16, weight: 1 },
}

export interface LaneDemand {
  readonly lane: string
  readonly freeSlots: number
}

export interface LaneShare {
  readonly lane: string
  readonly limit: number
}

/** Who is next when there are fewer slots than messages. */
export interface FairShare {
  /** Parts `budget` slots among lanes that have messages waiting, heaviest lane first. */
  part(budget: number, demands: readonly LaneDemand[]): LaneShare[]
  /** What was really taken, so that the next parting makes up for it. */
  charge(lane: string, taken: number): void
}

/**
 * Weighted fair queueing: each slot goes to the lane that would have had its share last, had all been served in proportion to their
 * weights. So a heavy lane goes first and a light one always gets its turn. A lane that stood idle may catch up one round, no more.
 */
export function createFairShare(weights: ReadonlyMap<string, number>): FairShare {
  const weightOf = (lane: string) => weights.get(lane) ?? 1
  /** Messages taken over weight, per lane. */
  const served = new Map<string, number>([...weights.keys()].map((lane) => [lane, 0]))

  return {
    part: (budget, demands) => {
      const heaviestFirst = demands.toSorted((a, b) => weightOf(b.lane) - weightOf(a.lane))
      const parts = heaviestFirst.map(({ lane, freeSlots }) => ({ lane, freeSlots, limit: 0, served: served.get(lane) ?? 0 }))
      for (let left = budget; left > 0; left -= 1) {
        const hungry = parts.filter(({ limit, freeSlots }) => limit < freeSlots)
        const [first, ...others] = hungry
        if (first === undefined) break
        const turn = (part: typeof first) => part.served + 1 / weightOf(part.lane)
        const next = others.reduce((best, other) => (turn(other) < turn(best) ? other : best), first)
        next.served = turn(next)
        next.limit += 1
      }
      return parts.filter(({ limit }) => limit > 0).map(({ lane, limit }) => ({ lane, limit }))
    },
    charge: (lane, taken) => {
      served.set(lane, (served.get(lane) ?? 0) + taken / weightOf(lane))
      const furthest = Math.max(...served.values())
      for (const [each, amount] of served) served.set(each, Math.max(amount, furthest - 1))
    },
  }
}
