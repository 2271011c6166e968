import type { Readable } from 'node:stream'
import { demand, type Principal } from '../kernel/principal.ts'
import type { Sql } from '../kernel/tx.ts'
import type { BlobStore } from './blob-store.ts'
import { type File, readFile, unknownFile } from './file.ts'

export interface Content {
  readonly file: File
  /** Of its bytes in the store. */
  readonly storageKey: string
  /** The bytes from `start` to `end`, both included; all of them without a range. Throws `storage.blob_missing`. */
  open(range?: { readonly start: number; readonly end: number }): Promise<Readable>
}

/** Content of an active file. Of any other there is none: `file.unknown`. */
export async function openContent(
  deps: { readonly read: Sql; readonly blobs: Pick<BlobStore, 'open'> },
  principal: Principal,
  fileId: string,
): Promise<Content> {
  demand(principal, 'read')
  const file = await readFile(deps.read, principal, fileId)
  if (file.state !== 'active') throw unknownFile()
  const blob = await deps.read.get<{ storage_key: string }>('SELECT storage_key FROM stored_blob WHERE id = ?', [file.blobId])
  if (blob === undefined) throw new Error(`file ${file.id} refers to a blob that is not there`)
  return { file, storageKey: blob.storage_key, open: (range) => deps.blobs.open(blob.storage_key, range) }
}
