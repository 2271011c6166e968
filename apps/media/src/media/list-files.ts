import { decodeCursor, type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import { type File, type FileRow, fileColumns, toFile } from './file.ts'
import { type FileFilter, fileConditions } from './file-conditions.ts'
import { hidePlacesOfFiles } from './sharing/unseen-places.ts'

export const fileSorts = ['createdAt', '-createdAt', 'updatedAt', '-updatedAt', 'name', '-name', 'size', '-size'] as const
export type FileSort = (typeof fileSorts)[number]

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
  const where = fileConditions(principal, filter)
  const after = page.cursor === undefined ? [] : decodeCursor(page.cursor, 2)
  const beyond = after.length === 0 ? '' : `AND (file.${column}, file.id) ${descending ? '<' : '>'} (?, ?)`
  const direction = descending ? 'DESC' : 'ASC'
  const rows = await sql.all<FileRow & { sort_value: string | number }>(
    `SELECT ${fileColumns}, file.${column} AS sort_value FROM file ${where.join} WHERE ${where.text} ${beyond}
      ORDER BY file.${column} ${direction}, file.id ${direction} LIMIT ?`,
    [...where.values, ...after, page.limit + 1],
  )
  const { items, next } = toPage(rows, page.limit, (row) => [row.sort_value, row.id], toFile)
  return { items: await hidePlacesOfFiles(sql, principal, items), next }
}

function parseSort(sort: FileSort) {
  const descending = sort.startsWith('-')
  const field = (descending ? sort.slice(1) : sort) as keyof typeof sortColumns
  return { column: sortColumns[field], descending }
}
