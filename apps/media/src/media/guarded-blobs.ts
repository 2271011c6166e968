import { Failure } from '../kernel/failure.ts'
import type { BlobStore } from './blob-store.ts'

/** Lets nobody to the blobs while it is not known whose place it is. Open until it is closed. */
export interface GuardedBlobs {
  readonly blobs: BlobStore
  readonly guard: { close(): void; open(): void }
}

/** Throws `storage.unavailable` while it is closed. */
export function guardBlobs(blobs: BlobStore): GuardedBlobs {
  let isClosed = false
  const pass = () => {
    if (isClosed) throw notKnown()
    return blobs
  }
  return {
    blobs: {
      put: async (...given) => pass().put(...given),
      open: async (...given) => pass().open(...given),
      size: async (...given) => pass().size(...given),
      delete: async (...given) => pass().delete(...given),
      list: () => pass().list(),
    },
    guard: {
      close: () => {
        isClosed = true
      },
      open: () => {
        isClosed = false
      },
    },
  }
}

const notKnown = () =>
  new Failure(
    'unavailable',
    'storage.unavailable',
    'the place of the blobs is away, and it is not known yet whether it is that of this house',
    {
      retryAfterSeconds: 5,
    },
  )
