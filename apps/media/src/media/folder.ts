import { Failure } from '../kernel/failure.ts'
import type { Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Sql, Tx } from '../kernel/tx.ts'
import { seenFolders } from './sharing/visibility.ts'

export type FolderState = 'active' | 'trashed' | 'purged'

/** A folder as the subject sees it. Instants are milliseconds since 1970. */
export interface Folder {
  readonly id: string
  readonly tenantId: string
  readonly ownerId: string
  readonly parentId: string | null
  readonly name: string
  readonly state: FolderState
  readonly private: boolean
  readonly visibleTo: string | null
  readonly favourite: boolean
  readonly depth: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly trashedAt: number | null
  readonly purgeAt: number | null
  readonly trashRootId: string | null
  readonly purgeMessageId: string | null
  readonly epoch: number
}

export interface FolderRow {
  id: string
  tenant_id: string
  owner_id: string
  parent_id: string | null
  name: string | null
  state: FolderState
  is_private: number
  visible_to: string | null
  favourite: number
  depth: number
  created_at: number
  updated_at: number
  trashed_at: number | null
  purge_at: number | null
  trash_root_id: string | null
  purge_message_id: string | null
  epoch: number
}

export const folderColumns = `id, tenant_id, owner_id, parent_id, name, state, is_private, visible_to, favourite, depth, created_at,
  updated_at, trashed_at, purge_at, trash_root_id, purge_message_id, epoch`

export const toFolder = (row: FolderRow): Folder => ({
  id: row.id,
  tenantId: row.tenant_id,
  ownerId: row.owner_id,
  parentId: row.parent_id,
  name: row.name ?? '',
  state: row.state,
  private: row.is_private === 1,
  visibleTo: row.visible_to,
  favourite: row.favourite === 1,
  depth: row.depth,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  trashedAt: row.trashed_at,
  purgeAt: row.purge_at,
  trashRootId: row.trash_root_id,
  purgeMessageId: row.purge_message_id,
  epoch: row.epoch,
})

export async function findFolder(sql: Sql, folderId: string): Promise<Folder | undefined> {
  const row = await sql.get<FolderRow>(`SELECT ${folderColumns} FROM folder WHERE id = ?`, [folderId])
  return row && toFolder(row)
}

/** Throws `folder.unknown` for one that is not there and for one that this principal may not know of, alike. */
export async function readFolder(sql: Sql, principal: Principal, folderId: string): Promise<Folder> {
  const seen = seenFolders(principal)
  const row = await sql.get<FolderRow>(`SELECT ${folderColumns} FROM folder WHERE id = ? AND tenant_id = ? AND ${seen.text}`, [
    folderId,
    principal.tenantId,
    ...seen.values,
  ])
  if (row === undefined) throw unknownFolder()
  return toFolder(row)
}

/** Throws `folder.unknown`, `folder.gone` or `folder.trashed`. */
export async function readActiveFolder(sql: Sql, principal: Principal, folderId: string): Promise<Folder> {
  const folder = await readFolder(sql, principal, folderId)
  if (folder.state === 'purged') throw goneFolder()
  if (folder.state === 'trashed') throw new Failure('conflict', 'folder.trashed', 'the folder is in the trash: restore it first')
  return folder
}

/** Where an entry is put: a folder, or the top of the tenant's tree. */
export interface Place {
  readonly folderId: string | null
  readonly visibleTo: string | null
  /** Of an entry put here; 1 at the top. */
  readonly depth: number
}

/** Throws `entry.not_yours` for a folder that the principal may look into and no more. */
export async function readPlace(sql: Sql, principal: Principal, folderId: string | null): Promise<Place> {
  if (folderId === null) return { folderId, visibleTo: null, depth: 1 }
  const folder = await readActiveFolder(sql, principal, folderId)
  refuseReader(principal, folder)
  return { folderId, visibleTo: folder.visibleTo, depth: folder.depth + 1 }
}

/** The place as `readPlace` has it, and it stays so until the transaction ends: its folder is not trashed, moved or hidden meanwhile. */
export async function takePlace(tx: Tx, principal: Principal, folderId: string | null): Promise<Place> {
  if (folderId !== null) await take(tx, 'folder', folderId)
  return readPlace(tx.sql, principal, folderId)
}

/** Where a restored entry goes: back where it was, or to the top when that folder is gone, hidden or in the trash itself. */
export async function takePlaceOrTop(tx: Tx, principal: Principal, folderId: string | null): Promise<Place> {
  try {
    return await takePlace(tx, principal, folderId)
  } catch (error) {
    if (error instanceof Failure) return readPlace(tx.sql, principal, null)
    throw error
  }
}

interface Owned {
  readonly ownerId: string
  readonly private: boolean
}

/** Who sees an entry: the whole tenant (null), or its owner alone where it or a folder above it is private. */
export const audience = (place: Pick<Place, 'visibleTo'>, entry: Owned): string | null =>
  entry.private || place.visibleTo !== null ? entry.ownerId : null

/** Whether those with whom a place is shared see an entry by that. */
export const passesShares = (place: Pick<Place, 'visibleTo'>, entry: Owned): boolean => !entry.private && place.visibleTo === entry.ownerId

/** What is private is changed by its owner alone: those it is shared with look at it. Throws `entry.not_yours`. */
export function refuseReader(principal: Principal, { visibleTo }: { readonly visibleTo: string | null }): void {
  if (visibleTo === null || visibleTo === principal.userId) return
  throw new Failure('forbidden', 'entry.not_yours', 'it is private to another user, who shares it for reading')
}

export const hidesAnothers = () =>
  new Failure('forbidden', 'entry.not_yours', 'this would hide an entry of another user: only its owner may do that')

/** What was hidden by its folder and comes back elsewhere is private from then on: nobody comes to see it by its return. */
export const privateOnReturn = (
  entry: { readonly private: boolean; readonly visibleTo: string | null },
  returnedTo: string | null,
  place: Place,
): boolean => entry.private || (entry.visibleTo !== null && place.folderId !== returnedTo)

const unknownFolder = () => new Failure('not_found', 'folder.unknown', 'there is no such folder')
export const goneFolder = () => new Failure('gone', 'folder.gone', 'the folder was deleted for good')
export const changedFolder = () => new Failure('conflict', 'folder.changed', 'the folder changed at the same moment: read it again')
