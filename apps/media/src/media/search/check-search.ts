import type { Sql } from '../../kernel/tx.ts'
import { hasFile } from './search-document.ts'

export interface SearchState {
  /** That are searched: active, or in the trash. */
  readonly files: number
  /** Of them, those that cannot be found. */
  readonly missing: number
  /** Entries of files that are no more. */
  readonly orphaned: number
  /** Files whose texts are not read yet. */
  readonly due: number
  /** Of them, those that have been due for minutes. */
  readonly overdue: number
}

const overdueMs = 5 * 60_000

/** Whether index and files agree. On a house at work what has just come may be due. */
export async function checkSearch(read: Sql, nowMs: number): Promise<SearchState> {
  const count = async (text: string, ...values: number[]): Promise<number> =>
    (await read.get<{ count: number }>(`SELECT COUNT(*) AS count FROM ${text}`, values))?.count ?? 0
  return {
    files: await count("file WHERE state IN ('active', 'trashed')"),
    missing: await count(
      "file WHERE state IN ('active', 'trashed') AND NOT EXISTS (SELECT 1 FROM search_document WHERE search_document.file_id = file.id)",
    ),
    orphaned: await count(`search_document WHERE NOT ${hasFile}`),
    due: await count('search_document WHERE due_at IS NOT NULL'),
    overdue: await count('search_document WHERE due_at <= ?', nowMs - overdueMs),
  }
}

export const isSound = ({ missing, orphaned, overdue }: SearchState): boolean => missing + orphaned + overdue === 0
