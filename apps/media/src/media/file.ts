import { Failure } from '../kernel/failure.ts'
import type { Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import type { FileState } from './file-state.ts'
import type { Kind } from './media-type.ts'
import { seenFiles } from './sharing/visibility.ts'

/** A file as the subject sees it. Instants are milliseconds since 1970. */
export interface File {
  readonly id: string
  readonly tenantId: string
  readonly ownerId: string
  readonly folderId: string | null
  /** Empty once purged or erased. */
  readonly name: string
  readonly mediaType: string
  readonly kind: Kind
  readonly size: number
  readonly sha256: string
  readonly blobId: string
  readonly state: FileState
  readonly private: boolean
  readonly visibleTo: string | null
  readonly favourite: boolean
  readonly tags: readonly string[]
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
  /** When the bytes last became others: no name, tag or move changes it. */
  readonly contentChangedAt: number
  readonly trashedAt: number | null
  readonly purgeAt: number | null
  readonly trashRootId: string | null
  readonly purgeMessageId: string | null
  readonly epoch: number
  readonly legalHoldAt: number | null
  /** Of a picture, in pixels, as it is looked at; null until it was seen. */
  readonly width: number | null
  readonly height: number | null
  /** What there is most of in it, as `#rrggbb`. */
  readonly colour: string | null
}

export interface FileRow {
  id: string
  tenant_id: string
  owner_id: string
  folder_id: string | null
  name: string | null
  media_type: string
  kind: Kind
  size: number
  sha256: string | null
  blob_id: string
  state: FileState
  is_private: number
  visible_to: string | null
  favourite: number
  tags: string
  version: number
  created_at: number
  updated_at: number
  content_changed_at: number
  trashed_at: number | null
  purge_at: number | null
  trash_root_id: string | null
  purge_message_id: string | null
  epoch: number
  legal_hold_at: number | null
  width: number | null
  height: number | null
  colour: string | null
}

export const fileColumns = [
  'id',
  'tenant_id',
  'owner_id',
  'folder_id',
  'name',
  'media_type',
  'kind',
  'size',
  'sha256',
  'blob_id',
  'state',
  'is_private',
  'visible_to',
  'favourite',
  'tags',
  'version',
  'created_at',
  'updated_at',
  'content_changed_at',
  'trashed_at',
  'purge_at',
  'trash_root_id',
  'purge_message_id',
  'epoch',
  'legal_hold_at',
  'width',
  'height',
  'colour',
]
  .map((column) => `file.${column}`)
  .join(', ')

export const toFile = (row: FileRow): File => ({
  id: row.id,
  tenantId: row.tenant_id,
  ownerId: row.owner_id,
  folderId: row.folder_id,
  name: row.name ?? '',
  mediaType: row.media_type,
  kind: row.kind,
  size: row.size,
  sha256: row.sha256 ?? '',
  blobId: row.blob_id,
  state: row.state,
  private: row.is_private === 1,
  visibleTo: row.visible_to,
  favourite: row.favourite === 1,
  tags: JSON.parse(row.tags) as string[],
  version: row.version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  contentChangedAt: row.content_changed_at,
  trashedAt: row.trashed_at,
  purgeAt: row.purge_at,
  trashRootId: row.trash_root_id,
  purgeMessageId: row.purge_message_id,
  epoch: row.epoch,
  legalHoldAt: row.legal_hold_at,
  width: row.width,
  height: row.height,
  colour: row.colour,
})

/** For a worker, which acts for nobody. Undefined where there is no such file. */
export async function findFile(sql: Sql, fileId: string): Promise<File | undefined> {
  const row = await sql.get<FileRow>(`SELECT ${fileColumns} FROM file WHERE id = ?`, [fileId])
  return row && toFile(row)
}

/**
 * The file, in whatever state a client may know of it. One that belongs to another tenant, is private to another user, or never came
 * to be, throws `file.unknown` alike: nobody learns that an id exists.
 */
export async function readFile(sql: Sql, principal: Principal, fileId: string): Promise<File> {
  const seen = seenFiles(principal)
  const row = await sql.get<FileRow>(
    `SELECT ${fileColumns} FROM file
      WHERE id = ? AND tenant_id = ? AND ${seen.text} AND state NOT IN ('reserved', 'expired', 'rejected')`,
    [fileId, principal.tenantId, ...seen.values],
  )
  if (row === undefined) throw unknownFile()
  return toFile(row)
}

/** Throws `file.unknown`, `file.gone` (purged or erased, now or any moment) or `file.trashed`. */
export async function readActiveFile(sql: Sql, principal: Principal, fileId: string): Promise<File> {
  const file = await readFile(sql, principal, fileId)
  if (file.state === 'active') return file
  if (file.state === 'trashed') throw new Failure('conflict', 'file.trashed', 'the file is in the trash: restore it first')
  throw goneFile()
}

export const unknownFile = () => new Failure('not_found', 'file.unknown', 'there is no such file')
export const goneFile = () => new Failure('gone', 'file.gone', 'the file was deleted for good')

/** For a compare-and-set that lost: somebody else moved the file since it was read. Looking again tells how. */
export const changedFile = () => new Failure('conflict', 'file.changed', 'the file changed at the same moment: read it again')
