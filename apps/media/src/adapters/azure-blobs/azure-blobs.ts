import { Readable } from 'node:stream'
import type { ContainerClient } from '@azure/storage-blob'
import { Failure } from '../../kernel/failure.ts'
import type { BlobStore, StoredKey } from '../../media/blob-store.ts'
import { calling, isMissing, unavailableFor } from './azure-call.ts'
import { isMark } from './azure-house-mark.ts'
import { putBlocks } from './put-blocks.ts'

/** Of the pages of a list. */
const keysAtOnce = 5_000

/** Blobs as block blobs of one container. What an unfinished put left there cannot be listed or read; the store forgets it after a week. */
export function azureBlobs(container: ContainerClient): BlobStore {
  const blobOf = (key: string) => container.getBlockBlobClient(key)
  return {
    put: (key, bytes, signal) => putBlocks(blobOf(key), bytes, signal),
    open: async (key, range) => {
      const count = range && range.end - range.start + 1
      try {
        // A signal would end the body too: its life is its reader's.
        const { readableStreamBody } = await calling(() => blobOf(key).download(range?.start, count, { maxRetryRequests: 3 }))
        if (readableStreamBody instanceof Readable) return readableStreamBody
        throw new Error('a download without a body')
      } catch (error) {
        if (isMissing(error)) throw new Failure('unavailable', 'storage.blob_missing', 'the bytes are not in the store')
        throw unavailableFor(error)
      }
    },
    size: async (key) => {
      const found = await unlessMissing((abortSignal) => blobOf(key).getProperties({ abortSignal }))
      return found?.contentLength
    },
    delete: async (key) => {
      await unlessMissing((abortSignal) => blobOf(key).delete({ abortSignal, deleteSnapshots: 'include' }))
    },
    list: () => listKeys(container),
  }
}

async function* listKeys(container: ContainerClient): AsyncGenerator<StoredKey> {
  const pages = container.listBlobsFlat().byPage({ maxPageSize: keysAtOnce })
  for (;;) {
    const page = await unlessMissing(() => pages.next())
    if (page === undefined || page.done === true) return
    for (const { name, properties } of page.value.segment.blobItems) {
      if (isMark(name)) continue
      yield { key: name, size: properties.contentLength ?? 0, modifiedAt: properties.lastModified.getTime() }
    }
  }
}

async function unlessMissing<Result>(call: (abortSignal: AbortSignal) => Promise<Result>): Promise<Result | undefined> {
  try {
    return await calling(call)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unavailableFor(error)
  }
}
