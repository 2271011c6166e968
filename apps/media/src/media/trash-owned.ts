import type { Tx } from '../kernel/tx.ts'
import { trashFile } from './trash-file.ts'
import { trashFolder } from './trash-folder.ts'

interface Owned {
  readonly id: string
  readonly tenantId: string
}

/**
 * Trashes what a user owned who is there no more, at most `limit` files and trees, and answers how many: as many as that, and there may be more.
 * Folders that nobody else sees go with all that is in them; others stay, for others may have files in them.
 */
export async function trashOwned(
  deps: { readonly limits: { readonly purgeDelayMs: number } },
  tx: Tx,
  ownerId: string,
  limit: number,
): Promise<number> {
  const asOwner = (tenantId: string) => ({ tenantId, userId: ownerId, roles: ['editor'] as const })
  const folders = await tx.sql.all<Owned>(
    `SELECT f.id, f.tenant_id AS tenantId FROM folder f LEFT JOIN folder above ON above.id = f.parent_id
      WHERE f.owner_id = ? AND f.state = 'active' AND f.visible_to = ? AND (above.visible_to IS NULL OR above.state <> 'active')
      ORDER BY f.id LIMIT ?`,
    [ownerId, ownerId, limit],
  )
  for (const { id, tenantId } of folders) await trashFolder(deps, tx, asOwner(tenantId), id)
  const files = await tx.sql.all<Owned>(
    "SELECT id, tenant_id AS tenantId FROM file WHERE owner_id = ? AND state = 'active' ORDER BY id LIMIT ?",
    [ownerId, limit - folders.length],
  )
  for (const { id, tenantId } of files) await trashFile(deps, tx, asOwner(tenantId), id)
  return folders.length + files.length
}
