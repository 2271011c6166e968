import type { Database } from '@holdfast/database'
import { Failure } from '../../kernel/failure.ts'
import { decodeCursor, invalidCursor, type Page, type PageRequest, toPage } from '../../kernel/page.ts'
import { demand, type Principal } from '../../kernel/principal.ts'
import type { Sql } from '../../kernel/tx.ts'
import { type File, toFile } from '../file.ts'
import { type FileFilter, fileConditions } from '../file-conditions.ts'
import { hidePlacesOfFiles } from '../sharing/unseen-places.ts'
import { encodeWord } from './encode-word.ts'
import { findByIndex } from './find-by-index.ts'
import { findDocuments } from './find-documents.ts'
import { type Highlight, highlightEntry, highlightText } from './highlight.ts'
import { hasText } from './search-document.ts'
import type { SearchIndex } from './search-index.ts'
import { wordsToFind } from './words.ts'

export interface SearchDeps {
  readonly database: Pick<Database, 'dialect' | 'read' | 'now'>
  /** Asked first, where there is one. It never throws: the database finds what it has no answer to. */
  readonly index?: Pick<SearchIndex, 'find'> | undefined
}

export interface FoundFile {
  readonly file: File
  readonly highlights: readonly Highlight[]
}

export interface SearchResult extends Page<FoundFile> {
  /** What was there before this instant is found by all it holds. Milliseconds since 1970. */
  readonly asOf: number
}

const maxWords = 16

/**
 * The active files that the principal may see in which each word of the query begins a word, case and accents aside: newest first. Throws
 * `search.query_invalid`.
 */
export async function searchFiles(
  { database, index }: SearchDeps,
  principal: Principal,
  query: string,
  filter: FileFilter,
  page: PageRequest,
): Promise<SearchResult> {
  demand(principal, 'read')
  const words = parseQuery(query)
  const documents = {
    tenantId: principal.tenantId,
    words: words.map((word) => encodeWord(principal.tenantId, word)),
    files: fileConditions(principal, filter),
    beforeSeq: page.cursor === undefined ? Number.MAX_SAFE_INTEGER : seqOf(page.cursor),
    limit: page.limit + 1,
  }
  const asOf = await completeUntil(database, principal.tenantId)
  const fedUntil = index && (await tellingUntil(database, principal.tenantId))
  const byIndex = index && (await findByIndex(database.read, index, documents, filter))
  const rows = byIndex ?? (await findDocuments[database.dialect](database.read, documents))
  const { items, next } = toPage(rows, page.limit, ({ seq }) => [seq], toFile)
  return {
    items: await highlight(database.read, await hidePlacesOfFiles(database.read, principal, items), words),
    next,
    asOf: byIndex === undefined ? asOf : Math.min(asOf, fedUntil ?? asOf),
  }
}

function seqOf(cursor: string): number {
  const [seq] = decodeCursor(cursor, 1)
  if (typeof seq === 'number') return seq
  throw invalidCursor()
}

function parseQuery(query: string): string[] {
  const words = wordsToFind(query)
  if (words.length === 0) throw invalidQuery('q has no letter, digit or picture to search for')
  if (words.length > maxWords) throw invalidQuery(`q has more than ${maxWords} different words`)
  return words
}

const invalidQuery = (detail: string) => new Failure('invalid', 'search.query_invalid', detail)

/** The words of a file are written with it; only those in its bytes may be due. */
async function completeUntil({ read, now: databaseNow }: SearchDeps['database'], tenantId: string): Promise<number> {
  const now = await databaseNow()
  const due = await read.get<{ due_at: number | null }>(
    'SELECT MIN(due_at) AS due_at FROM search_document WHERE tenant_id = ? AND due_at IS NOT NULL',
    [tenantId],
  )
  return Math.min(now, due?.due_at ?? now)
}

/** What changed since then may be missing in the index. */
async function tellingUntil({ read, now }: SearchDeps['database'], tenantId: string): Promise<number> {
  const oldest = await read.get<{ changed_at: number | null }>(
    'SELECT MIN(changed_at) AS changed_at FROM search_change WHERE tenant_id = ?',
    [tenantId],
  )
  return oldest?.changed_at ?? (await now())
}

/** Characters of texts that are read for the excerpts of one page. */
const maxReadCharacters = 1_000_000

async function highlight(read: Sql, files: readonly File[], words: readonly string[]): Promise<FoundFile[]> {
  let mayRead = maxReadCharacters
  const found: FoundFile[] = []
  for (const file of files) {
    const highlights = highlightEntry(file, words)
    if (hasText(file)) {
      const content = mayRead > 0 ? await contentOf(read, file.id) : ''
      mayRead -= content.length
      highlights.push(...highlightText(content, words))
    }
    found.push({ file, highlights })
  }
  return found
}

async function contentOf(read: Sql, fileId: string): Promise<string> {
  const row = await read.get<{ content_text: string }>('SELECT content_text FROM search_document WHERE file_id = ?', [fileId])
  return row?.content_text ?? ''
}
