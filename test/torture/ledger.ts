import type { Reply } from '../service/send.ts'
import type { Content } from './content.ts'

/** What a client knows, from acknowledged answers alone. `trashed`: in the trash, or gone for good once the grace is over. */
export type KnownState = 'active' | 'trashed' | 'gone'

interface Known {
  readonly id: string
  name: string
  state: KnownState
  /** The entry whose deletion took it along: itself, or a folder above. */
  trashRoot: string | undefined
  /** When its deletion was first asked for: no purge may come before this and the grace. */
  trashSentAt: number
}

export interface KnownFile extends Known {
  folderId: string | null
  content: Content
  tags: readonly string[]
  version: number
}

export interface KnownFolder extends Known {
  parentId: string | null
}

/** A request as it can be sent again, with its answer. */
export interface Answered {
  readonly method: string
  readonly path: string
  readonly contentType: string | undefined
  /** Made anew each time: bodies are large. */
  readonly body: () => Uint8Array | undefined
  readonly key: string
  readonly correlationId: string
  readonly sentAt: number
  readonly answeredAt: number
  readonly reply: Reply
}

/** Which audit rows a request must have left, by its correlation id. */
export type ExpectedRows = { readonly exactly: readonly string[] } | { readonly only: readonly string[] }

export interface Ledger {
  readonly files: Map<string, KnownFile>
  readonly folders: Map<string, KnownFolder>
  /** Those that are kept under their key: a repeat must give the same bytes. */
  readonly answers: Answered[]
  readonly expected: Map<string, ExpectedRows>
  readonly receipts: Buffer[]
}

export const createLedger = (): Ledger => ({ files: new Map(), folders: new Map(), answers: [], expected: new Map(), receipts: [] })

export const inState = <Entry extends Known>(entries: ReadonlyMap<string, Entry>, state: KnownState): Entry[] =>
  [...entries.values()].filter((entry) => entry.state === state)

/** The folder and the active ones below it. */
export function activeTree({ folders }: Ledger, root: KnownFolder): KnownFolder[] {
  const tree = [root]
  for (const parent of tree) {
    tree.push(...inState(folders, 'active').filter(({ parentId }) => parentId === parent.id))
  }
  return tree
}

/** Where a restored entry goes: back, or to the top where that is not active. */
export const placeOrTop = ({ folders }: Ledger, folderId: string | null): string | null =>
  folderId !== null && folders.get(folderId)?.state === 'active' ? folderId : null

export function putInTrash(entry: Known, rootId: string, sentAt: number): void {
  Object.assign(entry, { state: 'trashed', trashRoot: rootId, trashSentAt: sentAt })
}

export function takeOutOfTrash(entry: Known): void {
  Object.assign(entry, { state: 'active', trashRoot: undefined, trashSentAt: 0 })
}
