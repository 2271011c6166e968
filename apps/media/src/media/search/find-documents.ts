import type { Database, SqlValue } from '@holdfast/database'
import type { Sql } from '../../kernel/tx.ts'
import { type FileRow, fileColumns } from '../file.ts'
import type { FileConditions } from '../file-conditions.ts'

export interface DocumentQuery {
  readonly tenantId: string
  /** Encoded. Each has to begin a word of the file. */
  readonly words: readonly string[]
  readonly files: FileConditions
  /** Only what came before this one. */
  readonly beforeSeq: number
  readonly limit: number
}

export type FoundRow = FileRow & { readonly seq: number }

/** The newest first. Whatever an index holds, a file is found by its row: that says whether it is there, and for whom. */
type FindDocuments = (read: Sql, query: DocumentQuery) => Promise<FoundRow[]>

/** FTS5 gives its hits in the order that is asked for, one by one. */
const findOnSqlite: FindDocuments = (read, { words, files, beforeSeq, limit }) =>
  read.all<FoundRow>(
    `SELECT ${fileColumns}, seq
       FROM search_words CROSS JOIN search_document ON seq = search_words.rowid CROSS JOIN file ON file.id = search_document.file_id ${files.join}
      WHERE search_words MATCH ? AND search_words.rowid < ? AND ${files.text} ORDER BY search_words.rowid DESC LIMIT ?`,
    [words.map((word) => `"${word}"*`).join(' '), beforeSeq, ...files.values, limit],
  )

/** FULLTEXT gathers all hits before it gives one: what many files hold is found sooner by a look at the newest. */
const newest = 2_000

const findOnMysql: FindDocuments = async (read, query) => {
  const { tenantId, words, beforeSeq, limit } = query
  const { floor } = (await read.get<{ floor: number | null }>(
    `SELECT MIN(seq) AS floor FROM
      (SELECT seq FROM search_document WHERE tenant_id = ? AND seq < ? ORDER BY seq DESC LIMIT ${newest}) AS newest`,
    [tenantId, beforeSeq],
  )) ?? { floor: null }
  if (floor === null) return []
  const holdsAll = words.map(() => 'LOCATE(?, CONCAT(entry_words, text_words)) > 0').join(' AND ')
  const among = `search_document.tenant_id = ? AND seq >= ? AND seq < ? AND ${holdsAll}`
  const rows = await findWhere(read, query, among, [tenantId, floor, beforeSeq, ...words.map((word) => ` ${word}`)], limit)
  if (rows.length === limit) return rows
  const match = 'MATCH (entry_words, text_words) AGAINST (? IN BOOLEAN MODE) AND seq < ?'
  const expression = words.map((word) => `+${word}*`).join(' ')
  return [...rows, ...(await findWhere(read, query, match, [expression, floor], limit - rows.length))]
}

function findWhere(
  read: Sql,
  { files }: DocumentQuery,
  condition: string,
  values: readonly SqlValue[],
  limit: number,
): Promise<FoundRow[]> {
  return read.all<FoundRow>(
    `SELECT ${fileColumns}, seq FROM search_document STRAIGHT_JOIN file ON file.id = search_document.file_id ${files.join}
      WHERE ${condition} AND ${files.text} ORDER BY seq DESC LIMIT ?`,
    [...values, ...files.values, limit],
  )
}

export const findDocuments: Readonly<Record<Database['dialect'], FindDocuments>> = { sqlite: findOnSqlite, mysql: findOnMysql }
