import type { ContainerClient } from '@azure/storage-blob'
import type { BlobStore, StoredKey } from '../../media/blob-store.ts'
import { asking, isMissing, unavailableFor } from './azure-call.ts'
import { isMark } from './azure-house-mark.ts'
import { openDownload } from './open-download.ts'
import { putBlocks } from './put-blocks.ts'

/** Of the pages of a list. */
const keysAtOnce = 5_000

/** Blobs as block blobs of one container. What an unfinished put left there cannot be listed or read; the store forgets it after a week. */
export function azureBlobs(container: ContainerClient): BlobStore {
  const blobOf = (key: string) => container.getBlockBlobClient(key)
  return {
    put: (key, bytes, signal) => putBlocks(blobOf(key), bytes, signal),
    open: (key, range) => openDownload(blobOf(key), range),
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
  // A signal of each page: one of the whole list would end those that come later.
  const pageAfter = (continuationToken?: string) =>
    unlessMissing((abortSignal) =>
      container
        .listBlobsFlat({ abortSignal })
        .byPage({ maxPageSize: keysAtOnce, ...(continuationToken && { continuationToken }) })
        .next(),
    )
  for (let after: string | undefined; ; ) {
    const page = await pageAfter(after)
    if (page === undefined || page.done === true) return
    for (const { name, properties } of page.value.segment.blobItems) {
      if (isMark(name)) continue
      yield { key: name, size: properties.contentLength ?? 0, modifiedAt: properties.lastModified.getTime() }
    }
    after = page.value.continuationToken
    if (!after) return
  }
}

async function unlessMissing<Result>(call: (abortSignal: AbortSignal) => Promise<Result>): Promise<Result | undefined> {
  try {
    return await asking(call)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unavailableFor(error)
  }
}
