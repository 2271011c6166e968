import type { SqlTransaction } from '../database.ts'
import type { DispatchedRows } from '../sql/dispatched-rows.ts'
import { isSuspect } from '../suspect.ts'
import type { Deliveries } from '../transport.ts'
import type { Arrivals } from './arrivals.ts'

const lookEveryMs = 1_000

/**
 * What has arrived, as the rows it speaks of. One that was redelivered and is leased lost its worker: its channel died. That is known long before
 * the lease runs out. Leases that ran out are looked for all the same: for workers that stand still with an open connection, and for suspects,
 * whose turn the table decides.
 */
export function arrivedRows(rows: DispatchedRows, arrivals: Arrivals): Deliveries<SqlTransaction> {
  const lookedAt = new Map<string, number>()
  /** While much arrives, a look for lapsed leases with every claim would cost more than the claim. */
  const looksAgain = (lane: string): boolean => {
    const isBusy = arrivals.waiting(lane, 1).length > 0
    if (isBusy && performance.now() - (lookedAt.get(lane) ?? Number.NEGATIVE_INFINITY) < lookEveryMs) return false
    lookedAt.set(lane, performance.now())
    return true
  }
  const lapses = new Map<string, { readonly askedAt: number; readonly at: Promise<number | undefined> }>()
  /** Asked for whenever a slot is free, which under load is with each message. */
  const lapseAt = (lane: string): Promise<number | undefined> => {
    const known = lapses.get(lane)
    if (known !== undefined && performance.now() - known.askedAt < lookEveryMs) return known.at
    const at = rows.lapseAt(lane)
    lapses.set(lane, { askedAt: performance.now(), at })
    at.catch(() => lapses.delete(lane))
    return at
  }
  return {
    nextAt: async (lane) => (arrivals.waiting(lane, 1).length > 0 ? 0 : lapseAt(lane)),
    due: async (tx, lane, _now, limit) => {
      const ids = arrivals.waiting(lane, limit)
      const found = await rows.find(tx, ids)
      // Pruned or removed: there is nothing left to do.
      for (const id of ids) if (!found.has(id)) arrivals.settle(id)
      const known = ids.map((id) => found.get(id)).filter((message) => message !== undefined)
      return known.filter(({ id, state }) => state !== 'leased' || !arrivals.isRedelivered(lane, id))
    },
    lapsed: async (tx, lane, now, limit) => {
      const redelivered = arrivals.waiting(lane, limit).filter((id) => arrivals.isRedelivered(lane, id))
      const found = await rows.find(tx, redelivered)
      const lost = [...found.values()].filter(({ state }) => state === 'leased')
      const orphans = lost.filter((message) => !isSuspect(message))
      for (const suspect of lost.filter(isSuspect)) arrivals.settle(suspect.id)
      if (!looksAgain(lane)) return orphans
      lapses.delete(lane)
      const lapsed = await rows.lapsed(tx, lane, now, limit - orphans.length)
      return [...orphans, ...lapsed.filter(({ id }) => orphans.every((orphan) => orphan.id !== id))]
    },
  }
}
