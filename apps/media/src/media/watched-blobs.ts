import { Failure } from '../kernel/failure.ts'
import { type ObserveCall, watchCalls } from '../kernel/part-call.ts'
import type { BlobStore } from './blob-store.ts'

/** Tells of each call. One that nobody can reach, is full or refuses has failed; a key that is taken or not there is an answer. */
export function watchBlobs(blobs: BlobStore, observe: ObserveCall): BlobStore {
  const watch = watchCalls(observe, isUnavailable)
  return {
    put: (key, bytes, signal) => watch('put', () => blobs.put(key, bytes, signal)),
    open: (key, range) => watch('open', () => blobs.open(key, range)),
    size: (key) => watch('size', () => blobs.size(key)),
    delete: (key) => watch('delete', () => blobs.delete(key)),
    async *list() {
      const keys = blobs.list()[Symbol.asyncIterator]()
      let next = await watch('list', () => keys.next())
      try {
        for (; next.done !== true; next = await keys.next()) yield next.value
      } finally {
        await keys.return?.()
      }
    },
  }
}

const isUnavailable = (error: unknown) => error instanceof Failure && error.code === 'storage.unavailable'
