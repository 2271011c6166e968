import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { auditFoldersOf } from './audit-tree.ts'
import { findFolder } from './folder.ts'
import { forgetListings } from './listing-version.ts'
import { type PurgeDeps, purgeFile } from './purge-file.ts'
import { endShares } from './sharing/end-shares.ts'

/** `held`: a legal hold keeps at least one file, and with it the folder. */
type Outcome = { readonly is: 'done' | 'held' } | { readonly is: 'early'; readonly dueAt: number }

/** Purges every file that the deletion of a folder took along, then the folders. May be repeated, and goes on where it was cut off. */
export async function purgeTrashedFolder(
  deps: PurgeDeps,
  folderId: string,
  epoch: number,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void> = deps.inTransaction,
): Promise<Outcome> {
  const folder = await findFolder(deps.read, folderId)
  if (folder === undefined || folder.state !== 'trashed' || folder.epoch !== epoch || folder.purgeAt === null) return { is: 'done' }
  // One transaction asks the database's clock; the files are asked again one by one, each under its own lock.
  const purgeAt = folder.purgeAt
  const due = await deps.inTransaction(async (tx) => purgeAt <= tx.now)
  if (!due) return { is: 'early', dueAt: purgeAt }
  if (await purgeFilesOf(deps, folderId)) return { is: 'held' }
  await finish((tx) => recordFoldersPurged(tx, folderId, epoch))
  return { is: 'done' }
}

/** True where a legal hold kept one. */
async function purgeFilesOf(deps: PurgeDeps, folderId: string): Promise<boolean> {
  const files = await deps.read.all<{ id: string; epoch: number }>(
    "SELECT id, epoch FROM file WHERE trash_root_id = ? AND state IN ('trashed', 'purging') ORDER BY id",
    [folderId],
  )
  let held = false
  for (const { id, epoch } of files) {
    const { is } = await purgeFile(deps, id, epoch)
    held ||= is === 'held'
  }
  return held
}

async function recordFoldersPurged(tx: Tx, rootId: string, epoch: number): Promise<void> {
  await take(tx, 'folder', rootId)
  const root = await findFolder(tx.sql, rootId)
  if (root === undefined || root.state !== 'trashed' || root.epoch !== epoch) return
  await auditFoldersOf(tx, { actor: 'system', verb: 'purged', rootId })
  await forgetListings(tx, root)
  const folders = await tx.sql.all<{ id: string }>("SELECT id FROM folder WHERE trash_root_id = ? AND state = 'trashed'", [rootId])
  await endShares(
    tx,
    folders.map(({ id }) => id),
  )
  await tx.sql.run(
    "UPDATE folder SET state = 'purged', name = NULL, name_key = NULL, updated_at = ? WHERE trash_root_id = ? AND state = 'trashed'",
    [tx.now, rootId],
  )
}
