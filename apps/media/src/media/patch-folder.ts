import { demand, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { claimName, nameKey, parseEntryName } from './entry-name.ts'
import { audience, changedFolder, type Folder, readActiveFolder, readFolder, refuseReader, takePlace } from './folder.ts'
import { refuseCycle, refuseHidingAnothers, settleTree, takeTree } from './folder-tree.ts'
import { raiseAllListings, raiseListings } from './listing-version.ts'
import { demandPrivacyRight } from './patch-file.ts'
import { takeTenant } from './take-tenant.ts'

export interface FolderPatch {
  readonly name?: string | undefined
  /** Moves it with all that lies in it; null is the top of the tree. */
  readonly parentId?: string | null | undefined
  readonly private?: boolean | undefined
  readonly favourite?: boolean | undefined
}

/** Renames, moves, hides, marks. Throws `name.taken`, `name.invalid`, `folder.cycle`, `folder.too_deep`, `entry.not_yours`. */
export async function patchFolder(tx: Tx, principal: Principal, folderId: string, patch: FolderPatch): Promise<Folder> {
  demand(principal, 'write')
  // Two moves at once, each below the other, would make a ring.
  if (patch.parentId !== undefined) await takeTenant(tx, principal.tenantId, 'tree')
  await take(tx, 'folder', folderId)
  const folder = await readActiveFolder(tx.sql, principal, folderId)
  refuseReader(principal, folder)
  const next = {
    ...folder,
    name: patch.name === undefined ? folder.name : parseEntryName(patch.name),
    parentId: patch.parentId === undefined ? folder.parentId : patch.parentId,
    private: patch.private ?? folder.private,
    favourite: patch.favourite ?? folder.favourite,
  }
  if (next.private !== folder.private) demandPrivacyRight(principal, folder)
  const place = await takePlace(tx, principal, next.parentId)
  await refuseCycle(tx.sql, folderId, next.parentId)
  const { changes } = await tx.sql.run(
    "UPDATE folder SET name = ?, name_key = ?, parent_id = ?, is_private = ?, favourite = ?, updated_at = ? WHERE id = ? AND state = 'active'",
    [next.name, nameKey(next.name), next.parentId, next.private ? 1 : 0, next.favourite ? 1 : 0, tx.now, folderId],
  )
  if (changes !== 1) throw changedFolder()
  raiseListings(tx, folder.tenantId, folder.parentId)
  await claimName(tx, next, folder)
  if (next.parentId !== folder.parentId || next.private !== folder.private) {
    raiseAllListings(tx, folder.tenantId)
    const tree = await takeTree(tx, next)
    const visibleTo = audience(place, next)
    if (visibleTo !== null) await refuseHidingAnothers(tx.sql, tree, principal.userId)
    await settleTree(tx, tree, place)
  }
  await recordAudit(tx, {
    tenantId: folder.tenantId,
    actor: principal.userId,
    action: 'folder.changed',
    subjectKind: 'folder',
    subjectId: folderId,
    detail: { fields: Object.keys(patch) },
  })
  return readFolder(tx.sql, principal, folderId)
}
