import type { SqlValue } from '@holdfast/database'
import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { nameKey } from './entry-name.ts'
import { type File, type FileRow, fileColumns, toFile } from './file.ts'
import type { Kind } from './media-type.ts'

export const fileSorts = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name', 'size', '-size'] as const
export type FileSort = (typeof fileSorts)[number]

export interface FileFilter {
  /** Null is the top of the tree; undefined is anywhere. */
  readonly folderId?: string | null | undefined
  /** The whole name, case aside. */
  readonly name?: string | undefined
  readonly kind?: Kind | undefined
  readonly tag?: string | undefined
  readonly favourite?: boolean | undefined
}

const sortColumns = { createdAt: 'created_at', updatedAt: 'updated_at', name: 'name_key', size: 'size' } as const

/** The active files that the principal may see, newest first where no sort is asked for. */
export async function listFiles(
  sql: Sql,
  principal: Principal,
  filter: FileFilter,
  page: PageRequest & { readonly sort?: FileSort | undefined },
): Promise<Page<File>> {
  demand(principal, 'read')
  const { column, descending } = parseSort(page.sort ?? '-createdAt')
  const where = filterConditions(principal, filter)
  if (page.cursor !== undefined) {
    const [value = 0, id = ''] = decodeCursor(page.cursor, 2)
    where.add(`(file.${column}, file.id) ${descending ? '<' : '>'} (?, ?)`, value, id)
  }
  const direction = descending ? 'DESC' : 'ASC'
  const rows = await sql.all<FileRow & { sort_value: string | number }>(
    `SELECT ${fileColumns}, file.${column} AS sort_value FROM file ${where.join} WHERE ${where.text}
      ORDER BY file.${column} ${direction}, file.id ${direction} LIMIT ?`,
    [...where.values, page.limit + 1],
  )
  return toPage(rows, page.limit, (row) => [row.sort_value, row.id], toFile)
}

function parseSort(sort: FileSort) {
  const descending = sort.startsWith('-')
  const field = (descending ? sort.slice(1) : sort) as keyof typeof sortColumns
  return { column: sortColumns[field], descending }
}

function filterConditions(principal: Principal, filter: FileFilter) {
  const conditions = ["file.tenant_id = ? AND file.state = 'active'", '(file.visible_to IS NULL OR file.visible_to = ?)']
  const values: SqlValue[] = [principal.tenantId, principal.userId]
  const add = (condition: string, ...more: SqlValue[]) => {
    conditions.push(condition)
    values.push(...more)
  }
  if (filter.folderId === null) add('file.folder_id IS NULL')
  if (typeof filter.folderId === 'string') add('file.folder_id = ?', filter.folderId)
  if (filter.name !== undefined) add('file.name_key = ?', nameKey(filter.name.normalize('NFC')))
  if (filter.kind !== undefined) add('file.kind = ?', filter.kind)
  if (filter.favourite !== undefined) add('file.favourite = ?', filter.favourite ? 1 : 0)
  if (filter.tag !== undefined) add('file_tag.tag = ?', filter.tag)
  return {
    add,
    values,
    join: filter.tag === undefined ? '' : 'JOIN file_tag ON file_tag.file_id = file.id',
    get text() {
      return conditions.join(' AND ')
    },
  }
}
