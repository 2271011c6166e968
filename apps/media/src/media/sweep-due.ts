import { type SweepCounts, type SweepDeps, type SweepRules, sweep } from './sweep.ts'

/**
 * Sweeps where the last sweep, whoever made it, is `everyMs` old: it asks the store for each blob of the house, which a process that starts, or that
 * leads from now on, is no reason for. Noted before it begins: one that fails, or ends its process, is not begun anew at once. Undefined where none was due.
 */
export async function sweepDue(deps: SweepDeps, rules: SweepRules & { readonly everyMs: number }): Promise<SweepCounts | undefined> {
  const last = await deps.read.get<{ began_at: number }>('SELECT began_at FROM house_sweep WHERE id = 1')
  const ageMs = last && rules.nowMs - last.began_at
  // Below zero where the clock was set back since then.
  if (ageMs !== undefined && ageMs >= 0 && ageMs < rules.everyMs) return undefined
  await deps.inTransaction(({ sql }) => sql.run('REPLACE INTO house_sweep (id, began_at) VALUES (1, ?)', [rules.nowMs]))
  return sweep(deps, rules)
}
