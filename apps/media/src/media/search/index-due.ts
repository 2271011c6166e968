import type { Sql } from '../../kernel/tx.ts'
import { type IndexDeps, indexFile } from './index-file.ts'

export interface IndexDueCounts {
  readonly indexed: number
  /** Their bytes could not be read. */
  readonly failed: number
}

const batch = 500

/** Indexes what has been due since `beforeMs`, with no message left to say so: each once, also where one fails. */
export async function indexDue(
  deps: IndexDeps,
  { beforeMs, onProgress = () => undefined }: { readonly beforeMs: number; readonly onProgress?: (counts: IndexDueCounts) => void },
): Promise<IndexDueCounts> {
  const counts = { indexed: 0, failed: 0 }
  let last = { due_at: Number.MIN_SAFE_INTEGER, file_id: '' }
  for (let due = await findDue(deps.read, beforeMs, last); due.length > 0; due = await findDue(deps.read, beforeMs, last)) {
    for (const document of due) {
      last = document
      counts[(await indexed(deps, document.file_id)) ? 'indexed' : 'failed'] += 1
    }
    onProgress(counts)
  }
  return counts
}

type Due = { readonly due_at: number; readonly file_id: string }

function findDue(read: Sql, beforeMs: number, last: Due): Promise<Due[]> {
  return read.all<Due>(
    'SELECT due_at, file_id FROM search_document WHERE due_at <= ? AND (due_at, file_id) > (?, ?) ORDER BY due_at, file_id LIMIT ?',
    [beforeMs, last.due_at, last.file_id, batch],
  )
}

const indexed = (deps: IndexDeps, fileId: string): Promise<boolean> =>
  indexFile(deps, fileId).then(
    () => true,
    () => false,
  )
