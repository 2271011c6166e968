import type { SqlValue } from '@holdfast/database'
import type { Principal } from '../kernel/principal.ts'
import { nameKey } from './entry-name.ts'
import type { Kind } from './media-type.ts'
import { type Condition, seenFiles } from './sharing/visibility.ts'

export interface FileFilter {
  /** Null is the top of the tree; undefined is anywhere. */
  readonly folderId?: string | null | undefined
  /** The whole name, case aside. */
  readonly name?: string | undefined
  readonly kind?: Kind | undefined
  readonly tag?: string | undefined
  readonly favourite?: boolean | undefined
  /** Milliseconds since 1970; that instant included. */
  readonly createdFrom?: number | undefined
  /** That instant excluded. */
  readonly createdBefore?: number | undefined
  /** Bytes, included. */
  readonly minSize?: number | undefined
  readonly maxSize?: number | undefined
}

/** For a statement that reads `file`. */
export interface FileConditions extends Condition {
  readonly join: string
}

/** The active files that the principal may see and the filter names. */
export function fileConditions(principal: Principal, filter: FileFilter): FileConditions {
  const named: readonly (readonly [string, SqlValue | undefined])[] = [
    ['file.folder_id = ?', filter.folderId ?? undefined],
    ['file.name_key = ?', filter.name === undefined ? undefined : nameKey(filter.name.normalize('NFC'))],
    ['file.kind = ?', filter.kind],
    ['file.favourite = ?', filter.favourite === undefined ? undefined : Number(filter.favourite)],
    ['file_tag.tag = ?', filter.tag],
    ['file.created_at >= ?', filter.createdFrom],
    ['file.created_at < ?', filter.createdBefore],
    ['file.size >= ?', filter.minSize],
    ['file.size <= ?', filter.maxSize],
  ]
  const seen = seenFiles(principal)
  const given = named.filter((pair): pair is readonly [string, SqlValue] => pair[1] !== undefined)
  return {
    join: filter.tag === undefined ? '' : 'JOIN file_tag ON file_tag.file_id = file.id',
    text: [
      "file.tenant_id = ? AND file.state = 'active'",
      seen.text,
      ...(filter.folderId === null ? ['file.folder_id IS NULL'] : []),
      ...given.map(([condition]) => condition),
    ].join(' AND '),
    values: [principal.tenantId, ...seen.values, ...given.map(([, value]) => value)],
  }
}
