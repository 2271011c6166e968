import { Failure } from '../kernel/failure.ts'
import { newId } from '../kernel/ids.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { claimName, nameKey, parseEntryName } from './entry-name.ts'
import { type Folder, readFolder, takePlace } from './folder.ts'
import { maxFolderDepth } from './limits.ts'
import { raiseListings } from './listing-version.ts'
import { inheritShares } from './sharing/settle-shares.ts'

export interface NewFolder {
  readonly name: string
  /** Null is the top of the tree. */
  readonly parentId: string | null
}

/** Throws `name.taken`, `name.invalid`, `folder.unknown`, `folder.too_deep`. */
export async function createFolder(tx: Tx, principal: Principal, { name: givenName, parentId }: NewFolder): Promise<Folder> {
  demand(principal, 'write')
  const name = parseEntryName(givenName)
  const place = await takePlace(tx, principal, parentId)
  refuseDeeper(place.depth)
  const id = newId(tx.now)
  await tx.sql.run(
    `INSERT INTO folder (id, tenant_id, owner_id, parent_id, name, name_key, state, is_private, visible_to, favourite, depth, created_at,
                         updated_at, epoch)
     VALUES (?, ?, ?, ?, ?, ?, 'active', 0, ?, 0, ?, ?, ?, 0)`,
    [id, principal.tenantId, principal.userId, parentId, name, nameKey(name), place.visibleTo, place.depth, tx.now, tx.now],
  )
  if (place.visibleTo !== null) await inheritShares(tx, { id, parentId })
  raiseListings(tx, principal.tenantId, parentId)
  await claimName(tx, { id, tenantId: principal.tenantId, ownerId: principal.userId, parentId, name, private: false })
  await recordAudit(tx, {
    tenantId: principal.tenantId,
    actor: principal.userId,
    action: 'folder.created',
    subjectKind: 'folder',
    subjectId: id,
  })
  return readFolder(tx.sql, principal, id)
}

export function refuseDeeper(depth: number): void {
  if (depth <= maxFolderDepth) return
  throw new Failure('unprocessable', 'folder.too_deep', `folders are at most ${maxFolderDepth} deep`)
}
