import type { Sql } from '../../kernel/tx.ts'
import { type IndexDeps, indexFile, indexTogether } from './index-file.ts'

export interface IndexCounts {
  readonly indexed: number
  /** Their bytes could not be read. */
  readonly failed: number
}

const batch = 500

/** Indexes what has been due since `beforeMs`, with no message left to say so: each once, also where one fails. */
export async function indexDue(deps: IndexDeps, { beforeMs }: { readonly beforeMs: number }): Promise<IndexCounts> {
  let counts: IndexCounts = { indexed: 0, failed: 0 }
  let last: Due | undefined = { due_at: Number.MIN_SAFE_INTEGER, file_id: '' }
  while (last !== undefined) {
    const due: Due[] = await findDue(deps.read, beforeMs, last)
    counts = await indexFiles(deps, due, counts)
    last = due.at(-1)
  }
  return counts
}

/** In one transaction, which holds them for some milliseconds. */
const atOnce = 32

/** Adds to the counts. */
export async function indexFiles(
  deps: IndexDeps,
  files: readonly { readonly file_id: string }[],
  before: IndexCounts,
): Promise<IndexCounts> {
  let { indexed, failed } = before
  for (let from = 0; from < files.length; from += atOnce) {
    const ids = files.slice(from, from + atOnce).map(({ file_id }) => file_id)
    const left = await indexTogether(deps, ids).catch(() => indexEach(deps, ids))
    indexed += ids.length - left
    failed += left
  }
  return { indexed, failed }
}

/** Where one of them may be what kept the others back. Answers how many failed. */
async function indexEach(deps: IndexDeps, ids: readonly string[]): Promise<number> {
  const outcomes = await Promise.allSettled(ids.map((id) => indexFile(deps, id)))
  return outcomes.filter(({ status }) => status === 'rejected').length
}

type Due = { readonly due_at: number; readonly file_id: string }

function findDue(read: Sql, beforeMs: number, last: Due): Promise<Due[]> {
  return read.all<Due>(
    'SELECT due_at, file_id FROM search_document WHERE due_at <= ? AND (due_at, file_id) > (?, ?) ORDER BY due_at, file_id LIMIT ?',
    [beforeMs, last.due_at, last.file_id, batch],
  )
}
