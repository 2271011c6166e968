import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Cache } from '../../kernel/cache.ts'
import type { Sql } from '../../kernel/tx.ts'
import type { BlobStore } from '../blob-store.ts'
import { type ThumbnailFormat, thumbnailFormats } from './thumbnailer.ts'

export interface FindMadeDeps {
  readonly read: Sql
  readonly blobs: Pick<BlobStore, 'open'>
  readonly cache: Cache
}

export interface Thumbnail {
  readonly format: ThumbnailFormat
  readonly size: number
  readonly sha256: string
  /** Milliseconds since 1970. */
  readonly madeAt: number
  open(): Promise<Readable>
}

const kept = z.strictObject({
  format: z.enum(thumbnailFormats),
  storageKey: z.string(),
  size: z.number(),
  sha256: z.string(),
  madeAt: z.number(),
})

/**
 * The thumbnail of a live blob in the first of these formats that was made. It is remembered: it never changes, and lives as long as the blob, so
 * whoever asks makes sure of that one.
 */
export async function findMade(
  { read, blobs, cache }: FindMadeDeps,
  sourceId: string,
  pixels: number,
  formats: readonly ThumbnailFormat[],
): Promise<Thumbnail | undefined> {
  const key = ['thumbnail', sourceId, pixels, ...formats].join(':')
  const remembered = await recall(cache, key)
  const found = remembered ?? (await readMade(read, sourceId, pixels, formats))
  if (found === undefined) return undefined
  if (remembered === undefined) void cache.put(key, JSON.stringify(found))
  const { storageKey, ...thumbnail } = found
  return { ...thumbnail, open: () => blobs.open(storageKey) }
}

/** What another release has kept in another form is as good as nothing. */
async function recall(cache: Cache, key: string): Promise<z.infer<typeof kept> | undefined> {
  const text = await cache.get(key)
  return text === undefined ? undefined : kept.safeParse(JSON.parse(text)).data
}

interface MadeRow {
  readonly format: ThumbnailFormat
  readonly storage_key: string
  readonly size: number
  readonly sha256: string
  readonly created_at: number
}

async function readMade(
  read: Sql,
  sourceId: string,
  pixels: number,
  formats: readonly ThumbnailFormat[],
): Promise<z.infer<typeof kept> | undefined> {
  const rows = await read.all<MadeRow>(
    `SELECT format, storage_key, size, sha256, created_at FROM thumbnail JOIN stored_blob ON stored_blob.id = thumbnail.blob_id
      WHERE thumbnail.source_id = ? AND pixels = ? AND state = 'live'`,
    [sourceId, pixels],
  )
  const row = formats.map((wanted) => rows.find(({ format }) => format === wanted)).find((found) => found !== undefined)
  if (row === undefined) return undefined
  return { format: row.format, storageKey: row.storage_key, size: row.size, sha256: row.sha256, madeAt: row.created_at }
}
