import { type Reconciliation, reconcile } from '../media/reconcile.ts'
import type { Holdfast } from './app.ts'

/** Nothing is too young, seen too rarely or too much. */
const atRest = { reapBeforeMs: Number.MAX_SAFE_INTEGER, graceMs: 0, minAgeMs: 0, minSightings: 1, maxDeletions: 1_000_000 }

/** Makes database and store agree: by the rules of the periodic sweep, or with all ages and sightings at zero for a house at rest. */
export async function reconcileHouse({ config, database, media }: Holdfast, house: 'running' | 'at-rest'): Promise<Reconciliation> {
  const nowMs = await database.now()
  const rules = house === 'at-rest' ? atRest : { reapBeforeMs: nowMs, graceMs: 60_000, ...config.sweep }
  return reconcile(media, { nowMs, ...rules })
}
