import type { Sql } from '@holdfast/database'
import { Failure } from '../../kernel/failure.ts'
import type { BlobStore } from '../../media/blob-store.ts'
import type { BackupFolder, Sum } from './backup-folder.ts'
import { names } from './manifest.ts'

export interface LiveBlob {
  readonly id: string
  readonly storage_key: string
  readonly size: number
  readonly sha256: string
}

const pageRows = 1_000
const atOnce = 8

/** In the order of their ids. */
export async function* liveBlobs(sql: Pick<Sql, 'all'>): AsyncGenerator<LiveBlob> {
  for (let last = ''; ; ) {
    const page = await sql.all<LiveBlob>(
      `SELECT id, storage_key, size, sha256 FROM stored_blob WHERE state = 'live' AND id > ? ORDER BY id LIMIT ${pageRows}`,
      [last],
    )
    yield* page
    if (page.length < pageRows) return
    last = page.at(-1)?.id ?? ''
  }
}

/** Does it for all, several at once. */
export async function forEach<Item>(items: AsyncIterable<Item> | Iterable<Item>, work: (item: Item) => Promise<void>): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let failed = false
  const one = async () => {
    while (!failed) {
      const next = await iterator.next()
      if (next.done) return
      await work(next.value).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  // All of them end before anything is cleaned up.
  const results = await Promise.allSettled(Array.from({ length: atOnce }, one))
  const broken = results.find((result) => result.status === 'rejected')
  if (broken !== undefined) throw broken.reason
}

interface CopyDeps {
  readonly blobs: Pick<BlobStore, 'open'>
  readonly read: Sql
  readonly folder: BackupFolder
  readonly onCopied: () => void
}

export interface BlobCopies {
  /** How many were copied that were not before. */
  copyMissing(list: AsyncIterable<LiveBlob> | Iterable<LiveBlob>): Promise<number>
  /** Whether the bytes of some blob were deleted before they could be copied. */
  forgetGone(): boolean
  keep(keys: ReadonlySet<string>): Promise<void>
  /** Of what was kept: keys of those that are missing or other than their row says. */
  damaged(): string[]
  bytes(): number
}

/** The copies of blobs in a backup. A blob that is deleted while it is copied is no failure: a later moment of the house is without it. */
export function createBlobCopies({ blobs, read, folder, onCopied }: CopyDeps): BlobCopies {
  const copied = new Map<string, Sum | undefined>()
  const damaged = new Set<string>()
  let gone = false

  const isLive = async (id: string) => (await read.get("SELECT 1 FROM stored_blob WHERE id = ? AND state = 'live'", [id])) !== undefined

  /** Throws it on, unless it says what is known of the blob. */
  const explain = async ({ id, storage_key: key }: LiveBlob, error: unknown): Promise<void> => {
    const code = error instanceof Failure ? error.code : ''
    if (code.startsWith('backup.')) throw error
    if (!(await isLive(id))) gone = true
    else if (code === 'storage.blob_missing') note(key, undefined, true)
    else throw error
  }

  const note = (key: string, sum: Sum | undefined, isDamaged: boolean) => {
    copied.set(key, sum)
    if (isDamaged) damaged.add(key)
  }

  const copy = async (blob: LiveBlob): Promise<void> => {
    const { storage_key: key, size, sha256 } = blob
    try {
      const sum = await folder.write(names.blob(key), await blobs.open(key))
      note(key, sum, sum.size !== size || sum.sha256 !== sha256)
      onCopied()
    } catch (error) {
      await explain(blob, error)
    }
  }

  return {
    copyMissing: async (list) => {
      const before = copied.size
      await forEach(list, async (blob) => {
        if (!copied.has(blob.storage_key)) await copy(blob)
      })
      return copied.size - before
    },
    forgetGone: () => {
      const was = gone
      gone = false
      return was
    },
    keep: async (keys) => {
      for (const key of [...copied.keys()].filter((each) => !keys.has(each))) {
        await folder.remove(names.blob(key))
        copied.delete(key)
        damaged.delete(key)
      }
    },
    damaged: () => [...damaged].toSorted(),
    bytes: () => [...copied.values()].reduce((sum, one) => sum + (one?.size ?? 0), 0),
  }
}
