import type { InTransaction } from '../kernel/tx.ts'
import { change, type TellChange } from './subscription-change.ts'
import { takeSubscriptionsOf } from './subscriptions.ts'

interface ClearDeadDeps {
  readonly inTransaction: InTransaction
  readonly tell: TellChange
}

/** A process that was not seen for this long has ended without a word. */
const deadAfterMs = 20_000
const batch = 50

/** Takes away, and tells of, what processes left behind that died. One that was only slow finds out, and comes back under another id. */
export async function clearDead({ inTransaction, tell }: ClearDeadDeps): Promise<void> {
  const dead = await inTransaction(async ({ sql, now }) => {
    await sql.run('UPDATE live_process SET seen_at = 0 WHERE seen_at < ?', [now - deadAfterMs])
    return sql.all<{ id: string }>('SELECT id FROM live_process WHERE seen_at = 0')
  })
  for (const { id } of dead) {
    while ((await clearSome({ inTransaction, tell }, id)) > 0);
    await inTransaction(({ sql }) => sql.run('DELETE FROM live_process WHERE id = ?', [id]))
  }
}

const clearSome = ({ inTransaction, tell }: ClearDeadDeps, processId: string): Promise<number> =>
  inTransaction(async (tx) => {
    const taken = await takeSubscriptionsOf(tx, processId, batch)
    await tell(tx, change(taken, false))
    return taken.length
  })
