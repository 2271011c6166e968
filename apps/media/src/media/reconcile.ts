import { type PurgeDueCounts, purgeDue } from './purge-due.ts'
import { reapReservations } from './reap.ts'
import { type SweepCounts, type SweepDeps, type SweepRules, sweep } from './sweep.ts'

export interface Reconciliation {
  readonly reaped: number
  readonly finished: Pick<PurgeDueCounts, 'erasures' | 'blobs'>
  readonly swept: SweepCounts
}

/** T10, what crashes left half-way, and T11 in one go, so that afterwards the stored keys are those of the live blobs. */
export async function reconcile(
  deps: SweepDeps & Parameters<typeof purgeDue>[0],
  rules: SweepRules & {
    /** Reservations that expired until then are reaped. */
    readonly reapBeforeMs: number
    /** What was decided this long ago and is not finished is taken over. */
    readonly graceMs: number
  },
): Promise<Reconciliation> {
  const limit = rules.maxDeletions
  const reaped = await reapReservations(deps, { beforeMs: rules.reapBeforeMs, limit })
  // Asked anew: what was condemned a moment ago is to be finished in this run.
  const nowMs = await deps.inTransaction(async (tx) => tx.now)
  const { erasures, blobs } = await purgeDue(deps, { nowMs, graceMs: rules.graceMs, limit })
  return { reaped, finished: { erasures, blobs }, swept: await sweep(deps, rules) }
}
