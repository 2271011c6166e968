import type { Readable } from 'node:stream'

/**
 * Where bytes are kept. Keys are made by Holdfast, used once, and never hold a client's text. Every call may be repeated.
 * All throw a Failure of kind `unavailable` (`storage.unavailable`) when the store cannot be reached, is full or refuses.
 */
export interface BlobStore {
  /**
   * Keeps the bytes under a key that must be new, and resolves when they are durable. Whatever stops it, `signal` included, leaves
   * no readable key behind. Rethrows what `bytes` throws. A key that is taken is KeyTaken. The chunks
   * are taken over: their memory is given back once they are written.
   */
  put(key: string, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  /** The bytes from `start` to `end`, both included. Throws `storage.blob_missing` (unavailable) where there is no such key. */
  open(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>
  /** Bytes, or undefined where there is no such key. */
  size(key: string): Promise<number | undefined>
  /** Also what an unfinished put left. A key that is not there is success. */
  delete(key: string): Promise<void>
  /** Every key, those of unfinished puts included, in no order. */
  list(): AsyncIterable<StoredKey>
}

export interface StoredKey {
  readonly key: string
  readonly size: number
  readonly modifiedAt: number
}

/** A key is made for one put: two puts under one are a mistake of ours, and nothing that a caller could mend. */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken'

  constructor(options?: ErrorOptions) {
    super('a storage key was used twice', options)
  }
}
