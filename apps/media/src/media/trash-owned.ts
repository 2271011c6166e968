import type { Tx } from '../kernel/tx.ts'
import { trashFile } from './trash-file.ts'

/**
 * Trashes files of an owner whom another system has deleted, at most `limit`, and answers how many: as many as that, and there may be more.
 * Their folders stay, for others may have files in them.
 */
export async function trashOwned(
  deps: { readonly limits: { readonly purgeDelayMs: number } },
  tx: Tx,
  ownerId: string,
  limit: number,
): Promise<number> {
  const files = await tx.sql.all<{ id: string; tenantId: string }>(
    "SELECT id, tenant_id AS tenantId FROM file WHERE owner_id = ? AND state = 'active' ORDER BY id LIMIT ?",
    [ownerId, limit],
  )
  for (const { id, tenantId } of files) await trashFile(deps, tx, { tenantId, userId: ownerId, roles: ['editor'] }, id)
  return files.length
}
