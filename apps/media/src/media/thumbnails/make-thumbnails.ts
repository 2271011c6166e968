import { Failure } from '../../kernel/failure.ts'
import type { InTransaction, Sql, Tx } from '../../kernel/tx.ts'
import type { BlobStore } from '../blob-store.ts'
import type { CrashPoint } from '../crash-point.ts'
import { keepThumbnails } from './keep-thumbnails.ts'
import { countFailure, findPicture, type PictureRow, refusePicture, settlePicture } from './picture.ts'
import {
  type Content,
  PictureRefused,
  ProgramMissing,
  type Rendered,
  RenderingFailed,
  type Thumbnailer,
  thumbnailFormats,
  type WantedThumbnail,
} from './thumbnailer.ts'

export interface ThumbnailDeps {
  readonly inTransaction: InTransaction
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'open' | 'put'>
  readonly thumbnailer: Thumbnailer
  /** Pixels of the longer side, by name. */
  readonly thumbnailSizes: Readonly<Record<string, number>>
  readonly limits: { readonly reservationMs: number }
  readonly reached: CrashPoint
}

/** A picture whose process died this often is refused: once may be the machine's fault. */
const maxFailures = 3

/**
 * Looks at the picture that a blob holds and makes what is asked of it: the configured sizes in the first format, and any other that somebody
 * waits for. May be repeated, and run by several at once. Throws `thumbnail.unavailable`, `storage.unavailable`, `storage.blob_missing`.
 */
export async function makeThumbnails(
  deps: ThumbnailDeps,
  blobId: string,
  signal: AbortSignal,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void> = deps.inTransaction,
): Promise<void> {
  const picture = await findPicture(deps.read, blobId)
  if (picture === undefined || picture.refusal !== null) return
  const wanted = await missing(deps, blobId)
  if (wanted.length === 0) return finish((tx) => settlePicture(tx, blobId))
  const outcome = await render(deps, picture, wanted, signal)
  if (typeof outcome === 'string') await finish((tx) => refusePicture(tx, blobId, outcome))
  else await keepThumbnails(deps, blobId, outcome, signal, finish)
}

async function missing({ read, thumbnailSizes }: ThumbnailDeps, sourceId: string): Promise<WantedThumbnail[]> {
  const rows = await read.all<WantedThumbnail & { readonly blob_id: string | null }>(
    'SELECT pixels, format, blob_id FROM thumbnail WHERE source_id = ?',
    [sourceId],
  )
  const always = Object.values(thumbnailSizes).map((pixels) => ({ pixels, format: thumbnailFormats[0] }))
  const fresh = always.filter((wanted) => !rows.some(({ pixels, format }) => pixels === wanted.pixels && format === wanted.format))
  return [...fresh, ...rows.filter((row) => row.blob_id === null).map(({ pixels, format }) => ({ pixels, format }))]
}

async function render(
  deps: ThumbnailDeps,
  { blob_id: blobId, form, failures }: PictureRow,
  wanted: readonly WantedThumbnail[],
  signal: AbortSignal,
): Promise<Rendered | NonNullable<PictureRow['refusal']>> {
  try {
    return await deps.thumbnailer.render({ form, ...(await openContent(deps, blobId)) }, wanted, signal)
  } catch (error) {
    if (error instanceof PictureRefused) return error.refusal
    if (error instanceof ProgramMissing) return `no_${error.program}`
    if (!(error instanceof RenderingFailed)) throw error
    if (failures + 1 >= maxFailures) return error.reason
    await deps.inTransaction((tx) => countFailure(tx, blobId))
    throw new Failure('unavailable', 'thumbnail.unavailable', 'the picture could not be rendered now', { cause: error })
  }
}

async function openContent({ read, blobs }: ThumbnailDeps, blobId: string): Promise<Omit<Content, 'form'>> {
  const blob = await read.get<{ storage_key: string; size: number }>('SELECT storage_key, size FROM stored_blob WHERE id = ?', [blobId])
  if (blob === undefined) throw new Error(`blob ${blobId} is not there`)
  return {
    size: blob.size,
    bytes: whenAsked(() => blobs.open(blob.storage_key)),
    part: (start, end) => whenAsked(() => blobs.open(blob.storage_key, { start, end })),
  }
}

/** Its turn may be a while away, and may never come: nothing is opened before. */
async function* whenAsked(open: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
  yield* await open()
}
