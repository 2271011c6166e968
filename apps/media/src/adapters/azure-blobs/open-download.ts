import { Readable } from 'node:stream'
import type { BlockBlobClient } from '@azure/storage-blob'
import { Failure } from '../../kernel/failure.ts'
import { orAborted } from '../../kernel/until-aborted.ts'
import { carrying, isMissing, isTimeout, unavailableFor } from './azure-call.ts'

/** In a row, without a byte between. */
const maxBreaks = 3

interface Range {
  readonly start: number
  /** Included; undefined for the end of the blob. */
  readonly end?: number | undefined
}

/**
 * The bytes of a blob, which go on where they broke off: the driver takes a connection that is reset in a body for a wish of its caller.
 * Throws `storage.blob_missing`, and `storage.unavailable` here as in the middle: at once where nothing came for as long as a call may take.
 */
export async function openDownload(blob: BlockBlobClient, range: Range = { start: 0 }): Promise<Readable> {
  try {
    return Readable.from(follow(blob, range, await begin(blob, range)), { objectMode: false })
  } catch (error) {
    if (isMissing(error)) throw new Failure('unavailable', 'storage.blob_missing', 'the bytes are not in the store')
    throw unavailableFor(error)
  }
}

async function begin(blob: BlockBlobClient, { start, end }: Range): Promise<Readable> {
  const count = end === undefined ? undefined : end - start + 1
  // The driver's signal ends the body too, so that its limit is that of the head alone.
  const download = new AbortController()
  const ask = () => blob.download(start, count, { abortSignal: download.signal, maxRetryRequests: 0 })
  const { readableStreamBody } = await carrying((limit) => orAborted(ask, limit)).catch((error: unknown) => {
    download.abort()
    throw error
  })
  if (readableStreamBody instanceof Readable) return readableStreamBody
  throw new Error('a download without a body')
}

async function* follow(blob: BlockBlobClient, { start, end }: Range, first: Readable): AsyncGenerator<Buffer> {
  let body = first
  let next = start
  for (let breaks = 0; ; ) {
    try {
      for await (const chunk of arriving(body)) {
        next += chunk.length
        breaks = 0
        yield chunk
      }
      return
    } catch (error) {
      if (++breaks > maxBreaks || isTimeout(error)) throw unavailableFor(error)
    }
    body = await begin(blob, { start: next, end }).catch((error: unknown) => Promise.reject(unavailableFor(error)))
  }
}

/** Breaks off where nothing comes for as long as a call may take; a reader that is slow is waited for. */
async function* arriving(body: Readable): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body.iterator()
  try {
    for (;;) {
      const next = await carrying((limit) => orAborted(() => chunks.next(), limit))
      if (next.done) return
      yield next.value
    }
  } finally {
    body.destroy()
  }
}
