import { Failure } from '../kernel/failure.ts'
import { demand, may, type Principal } from '../kernel/principal.ts'
import { take } from '../kernel/take.ts'
import type { Tx } from '../kernel/tx.ts'
import { recordAudit } from '../operations/audit.ts'
import { claimName, nameKey, parseEntryName } from './entry-name.ts'
import { changedFile, type File, readActiveFile, readFile } from './file.ts'
import { audience, hidesAnothers, refuseReader, takePlace } from './folder.ts'
import { raiseListings } from './listing-version.ts'
import { noteChange } from './search/search-change.ts'
import { changeEntryWords } from './search/search-document.ts'
import { parseTags, writeTags } from './tags.ts'

export interface FilePatch {
  readonly name?: string | undefined
  /** Moves it; null is the top of the tree. */
  readonly folderId?: string | null | undefined
  readonly private?: boolean | undefined
  readonly favourite?: boolean | undefined
  readonly tags?: readonly string[] | undefined
}

/** Renames, moves, tags, marks. Throws `name.taken`, `name.invalid`, `folder.unknown`, `entry.not_yours`. */
export async function patchFile(tx: Tx, principal: Principal, fileId: string, patch: FilePatch): Promise<File> {
  demand(principal, 'write')
  await take(tx, 'file', fileId)
  const file = await readActiveFile(tx.sql, principal, fileId)
  refuseReader(principal, file)
  const next = {
    name: patch.name === undefined ? file.name : parseEntryName(patch.name),
    folderId: patch.folderId === undefined ? file.folderId : patch.folderId,
    private: patch.private ?? file.private,
    favourite: patch.favourite ?? file.favourite,
    tags: patch.tags === undefined ? file.tags : parseTags(patch.tags),
  }
  if (next.private !== file.private) demandPrivacyRight(principal, file)
  const place = await takePlace(tx, principal, next.folderId)
  const owned = { ownerId: file.ownerId, private: next.private }
  if (place.visibleTo !== null && file.ownerId !== principal.userId) throw hidesAnothers()
  const { changes } = await tx.sql.run(
    `UPDATE file SET name = ?, name_key = ?, folder_id = ?, is_private = ?, visible_to = ?, favourite = ?, tags = ?, updated_at = ?
      WHERE id = ? AND state = 'active'`,
    [
      next.name,
      nameKey(next.name),
      next.folderId,
      next.private ? 1 : 0,
      audience(place, owned),
      next.favourite ? 1 : 0,
      JSON.stringify(next.tags),
      tx.now,
      fileId,
    ],
  )
  if (changes !== 1) throw changedFile()
  raiseListings(tx, file.tenantId, file.folderId, next.folderId)
  await claimName(tx, { ...file, parentId: next.folderId, name: next.name, private: next.private }, { ...file, parentId: file.folderId })
  if (patch.tags !== undefined) await writeTags(tx, fileId, next.tags)
  if (patch.tags !== undefined || next.name !== file.name) await changeEntryWords(tx, { ...file, ...next })
  else await noteChange(tx, fileId)
  await recordAudit(tx, {
    tenantId: file.tenantId,
    actor: principal.userId,
    action: 'file.changed',
    subjectKind: 'file',
    subjectId: fileId,
    detail: { fields: Object.keys(patch) },
  })
  return readFile(tx.sql, principal, fileId)
}

/** Only its owner may hide an entry; who sees a private entry is its owner already. */
export function demandPrivacyRight(principal: Principal, entry: { readonly ownerId: string }): void {
  if (entry.ownerId === principal.userId && may(principal, 'write')) return
  throw new Failure('forbidden', 'entry.not_yours', 'only the owner of an entry decides whether it is private')
}
