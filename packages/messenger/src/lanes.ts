/** The lanes there are unless a messenger names others. `external` carries messages from and for other systems. */
export const defaultLanes = ['high', 'low', 'external'] as const

export interface LaneOptions {
  /** Messages of this lane in work at once, at most. While all are busy the lane takes no more and leaves the other lanes alone. */
  readonly slots: number
  /** The lane's share of the worker's slots while several lanes have messages waiting, as a number of 1 or more. */
  readonly weight: number
}

/** Of a worker. Fewer than its lanes may hold together, so that weights decide; enough for `high` while one other lane hangs. */
export const defaultSlots = 64

export const defaultLaneOptions: Readonly<Record<string, LaneOptions>> = {
  high: { slots: 48, weight: 8 },
  low: { slots: 16, weight: 2 },
  external: { slots: 16, weight: 1 },
}

export interface LaneDemand {
  readonly lane: string
  /** Messages in work now. */
  readonly running: number
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
 * While a lane that waits has less than its weight's part of the worker's slots in work, it goes first: so its share does not depend on
 * how long its handlers take, or those of other lanes. What is left over is queued fairly by weight: each slot goes to the lane that would
 * have had its share last. A lane that stood idle may catch up one round, no more.
 */
export function createFairShare(weights: ReadonlyMap<string, number>, slots: number): FairShare {
  const weightOf = (lane: string) => weights.get(lane) ?? 1
  const totalWeight = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  /** Messages taken over weight, per lane. */
  const served = new Map<string, number>([...weights.keys()].map((lane) => [lane, 0]))

  const isOwed = ({ lane, running, limit }: Part) => running + limit < Math.floor((slots * weightOf(lane)) / totalWeight)
  const turn = (part: Part) => part.served + 1 / weightOf(part.lane)
  const isBefore = (one: Part, other: Part) => (isOwed(one) === isOwed(other) ? turn(one) < turn(other) : isOwed(one))

  return {
    part: (budget, demands) => {
      const heaviestFirst = demands.toSorted((a, b) => weightOf(b.lane) - weightOf(a.lane))
      const parts = heaviestFirst.map((demand): Part => ({ ...demand, limit: 0, served: served.get(demand.lane) ?? 0 }))
      for (let left = budget; left > 0; left -= 1) {
        const [first, ...others] = parts.filter(({ limit, freeSlots }) => limit < freeSlots)
        if (first === undefined) break
        const next = others.reduce((best, other) => (isBefore(other, best) ? other : best), first)
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

interface Part extends LaneDemand {
  limit: number
  served: number
}
