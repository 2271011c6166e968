import type { FileFilter } from '../file-conditions.ts'

/** A file as an index beside the database holds it. Of what it may be filtered by, too; who may see it is not among that. */
export interface IndexedFile {
  readonly id: string
  /** Grows with each change. Of two, an index keeps the later one. */
  readonly revision: number
  readonly tenantId: string
  /** The order in which files came. */
  readonly seq: number
  /** Encoded, with spaces between. */
  readonly words: string
  readonly kind: string
  readonly folderId: string | null
  readonly nameKey: string
  readonly tags: readonly string[]
  readonly favourite: boolean
  readonly size: number
  readonly createdAt: number
}

/** What is left of a file that was deleted for good. It outlives whatever comes late: no revision is later. */
export interface ForgottenFile {
  readonly id: string
  readonly revision: typeof lastRevision
}

export const lastRevision = 9_007_199_254_740_991

export type Indexed = IndexedFile | ForgottenFile

export interface IndexQuery {
  readonly tenantId: string
  /** Encoded. Each has to begin a word of the file. */
  readonly words: readonly string[]
  readonly filter: FileFilter
  readonly beforeSeq: number
  readonly limit: number
}

export interface Candidate {
  readonly fileId: string
  readonly seq: number
}

/**
 * An index beside the database: it may lag, and it may be away. Everything but `find` may be repeated. All throw `search.unavailable` while it does
 * not answer.
 */
export interface SearchIndex {
  /** The newest first. Undefined while it has not yet been filled. */
  find(query: IndexQuery): Promise<readonly Candidate[] | undefined>
  /** Returns when it is found. Into what is searched and what is being filled; where neither is there, nowhere. Answers the ids that were refused. */
  put(files: readonly Indexed[]): Promise<readonly string[]>
  /** Prepares for `beginFilling`. */
  setup(): Promise<void>
  isFilled(): Promise<boolean>
  /** From now on, `put` reaches what is filled too. */
  beginFilling(): Promise<Filling>
  /** The revisions it has of these files, by id. */
  revisionsOf(ids: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** Files it holds, those left out that were deleted for good. */
  count(): Promise<number>
}

/** A new index that is filled while the one before it is searched. */
export interface Filling {
  put(files: readonly Indexed[]): Promise<readonly string[]>
  /** It is searched from now on, and whatever was there before is gone. */
  finish(): Promise<void>
  abandon(): Promise<void>
}
