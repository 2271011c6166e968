import { createHash } from 'node:crypto'
import { newId } from '../../kernel/ids.ts'
import { take } from '../../kernel/take.ts'
import type { InTransaction, Sql, Tx } from '../../kernel/tx.ts'
import { condemnStagingBlob, makeBlobLive, type StoredBytes } from '../blob-state.ts'
import type { BlobStore } from '../blob-store.ts'
import type { CrashPoint } from '../crash-point.ts'
import { raiseListings } from '../listing-version.ts'
import { newStorageKey } from '../storage-key.ts'
import { settlePicture } from './picture.ts'
import type { Rendered, RenderedThumbnail } from './thumbnailer.ts'

interface KeepDeps {
  readonly inTransaction: InTransaction
  readonly blobs: Pick<BlobStore, 'put'>
  readonly limits: { readonly reservationMs: number }
  readonly reached: CrashPoint
}

interface Staged extends StoredBytes {
  readonly blobId: string
  readonly storageKey: string
  readonly thumbnail: RenderedThumbnail
}

/**
 * T1 to T3 of what was rendered: a thumbnail is a blob as any other. It counts against the quota, but a full one does not keep it away. Where
 * its source has gone meanwhile, or another was quicker, its bytes are condemned. Whatever fails, the reservations are given up.
 */
export async function keepThumbnails(
  deps: KeepDeps,
  sourceId: string,
  rendered: Rendered,
  signal: AbortSignal,
  finish: (effect: (tx: Tx) => Promise<void>) => Promise<void>,
): Promise<void> {
  const staged = await deps.inTransaction((tx) => reserve(deps, tx, sourceId, rendered.thumbnails))
  deps.reached('thumbnail.reserved')
  try {
    for (const { storageKey, thumbnail } of staged) await deps.blobs.put(storageKey, once(thumbnail.bytes), signal)
    deps.reached('thumbnail.stored')
    await finish((tx) => commit(tx, sourceId, rendered, staged))
  } catch (error) {
    // Best effort: where this fails too, the reservation's age ends it.
    await deps.inTransaction((tx) => discard(tx, staged)).catch(() => undefined)
    throw error
  }
}

async function reserve({ limits }: KeepDeps, tx: Tx, sourceId: string, thumbnails: readonly RenderedThumbnail[]): Promise<Staged[]> {
  const staged: Staged[] = []
  for (const thumbnail of thumbnails) {
    const { length: size } = thumbnail.bytes
    const sha256 = createHash('sha256').update(thumbnail.bytes).digest('hex')
    const reserved = { blobId: newId(tx.now), storageKey: newStorageKey(), size, sha256, thumbnail }
    await tx.sql.run(
      `INSERT INTO stored_blob (id, source_id, tenant_id, storage_key, state, size, created_at, expires_at)
       SELECT ?, id, tenant_id, ?, 'staging', ?, ?, ? FROM stored_blob AS source WHERE id = ?`,
      [reserved.blobId, reserved.storageKey, size, tx.now, tx.now + limits.reservationMs, sourceId],
    )
    staged.push(reserved)
  }
  return staged
}

async function commit(tx: Tx, sourceId: string, rendered: Rendered, staged: readonly Staged[]): Promise<void> {
  // Whoever condemns the source takes it too, and what comes later condemns nothing.
  await take(tx, 'stored_blob', sourceId)
  const source = await tx.sql.get("SELECT 1 FROM stored_blob WHERE id = ? AND state = 'live'", [sourceId])
  if (source === undefined) return discard(tx, staged)
  for (const one of staged) await adopt(tx, sourceId, one)
  const { width, height, colour } = rendered
  await tx.sql.run('UPDATE picture SET width = ?, height = ?, colour = ?, failures = 0 WHERE blob_id = ?', [
    width,
    height,
    colour,
    sourceId,
  ])
  await settlePicture(tx, sourceId)
  await tellFiles(tx, sourceId, rendered)
}

async function adopt(tx: Tx, sourceId: string, { thumbnail: { pixels, format }, ...blob }: Staged): Promise<void> {
  const key = [sourceId, pixels, format]
  const made = await tx.sql.get<{ blob_id: string | null }>(
    'SELECT blob_id FROM thumbnail WHERE source_id = ? AND pixels = ? AND format = ?',
    key,
  )
  if ((made !== undefined && made.blob_id !== null) || !(await makeBlobLive(tx, blob.blobId, blob))) {
    await condemnStagingBlob(tx, blob.blobId)
    return
  }
  const text =
    made === undefined
      ? 'INSERT INTO thumbnail (blob_id, source_id, pixels, format) VALUES (?, ?, ?, ?)'
      : 'UPDATE thumbnail SET blob_id = ? WHERE source_id = ? AND pixels = ? AND format = ?'
  await tx.sql.run(text, [blob.blobId, ...key])
}

/** Every file with these bytes shows what they are a picture of. */
async function tellFiles(tx: Tx, blobId: string, { width, height, colour }: Rendered): Promise<void> {
  await tx.sql.run("UPDATE file SET width = ?, height = ?, colour = ? WHERE blob_id = ? AND state IN ('active', 'trashed')", [
    width,
    height,
    colour,
    blobId,
  ])
  const files = await listed(tx.sql, blobId)
  for (const { tenant_id: tenantId, folder_id: folderId } of files) raiseListings(tx, tenantId, folderId)
}

const listed = (sql: Sql, blobId: string) =>
  sql.all<{ tenant_id: string; folder_id: string | null }>(
    "SELECT tenant_id, folder_id FROM file WHERE blob_id = ? AND state IN ('active', 'trashed')",
    [blobId],
  )

async function discard(tx: Tx, staged: readonly Staged[]): Promise<void> {
  for (const { blobId } of staged) await condemnStagingBlob(tx, blobId)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
