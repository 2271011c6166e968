import { Failure } from '../kernel/failure.ts'
import type { InTransaction, Sql } from '../kernel/tx.ts'
import type { BlobStore } from './blob-store.ts'

export interface DegradedDeps {
  readonly inTransaction: InTransaction
  /** An operator should know: a live blob's bytes are missing or of another size. Once for each time that they are found so. */
  readonly alert: (message: string, detail: Readonly<Record<string, unknown>>) => void
}

interface Blob {
  readonly id: string
  readonly size: number
}

/**
 * Marks a live blob whose bytes are not what they should be: an alert, never a deletion. `foundBytes`: undefined where there are none. False
 * where it is not live any more: its bytes went because they were to go.
 */
export async function markDegraded({ inTransaction, alert }: DegradedDeps, blob: Blob, foundBytes: number | undefined): Promise<boolean> {
  const { isNew, isLive } = await inTransaction(async ({ sql, now }) => {
    const mark = "UPDATE stored_blob SET degraded_at = ? WHERE id = ? AND state = 'live' AND degraded_at IS NULL"
    const { changes } = await sql.run(mark, [now, blob.id])
    if (changes === 1) return { isNew: true, isLive: true }
    const live = await sql.get("SELECT 1 FROM stored_blob WHERE id = ? AND state = 'live'", [blob.id])
    return { isNew: false, isLive: live !== undefined }
  })
  const detail = { blobId: blob.id, expected: blob.size, found: foundBytes ?? null }
  if (isNew) alert('the bytes of a live blob are missing or of another size', detail)
  return isLive
}

/** Whoever opens live bytes that are not there has their blob marked before it hears so. */
export function noticeMissing(blobs: BlobStore, deps: DegradedDeps & { readonly read: Sql }): BlobStore {
  return {
    ...blobs,
    open: async (key, range) => {
      try {
        return await blobs.open(key, range)
      } catch (error) {
        // Whatever is wrong with the mark, the sweep makes it later.
        if (error instanceof Failure && error.code === 'storage.blob_missing') await noteMissing(deps, key).catch(() => undefined)
        throw error
      }
    },
  }
}

async function noteMissing(deps: DegradedDeps & { readonly read: Sql }, key: string): Promise<void> {
  const text = "SELECT id, size FROM stored_blob WHERE storage_key = ? AND state = 'live' AND degraded_at IS NULL"
  const blob = await deps.read.get<Blob>(text, [key])
  if (blob !== undefined) await markDegraded(deps, blob, undefined)
}
