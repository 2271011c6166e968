import { Failure } from '../kernel/failure.ts'
import type { Sql } from '../kernel/tx.ts'
import { type DeleteBlobDeps, deleteCondemnedBlob } from './delete-blob.ts'
import { dropFileVersion } from './drop-version.ts'
import { type EraseDeps, finishErasure } from './erase-file.ts'
import { deleteCondemnedBytes } from './final-deletion.ts'
import { type PurgeDeps, purgeFile } from './purge-file.ts'
import { purgeTrashedFolder } from './purge-folder.ts'

export interface PurgeDueCounts {
  readonly files: number
  readonly folders: number
  readonly versions: number
  readonly erasures: number
  readonly blobs: number
}

/**
 * The database is the timer, and messages only wake workers: this finds what is due with no message left to say so, and what a crash
 * left half-way (PURGING, ERASING, CONDEMNED) for longer than `graceMs`. At most `limit` of each, never before it is due.
 */
export async function purgeDue(
  deps: PurgeDeps & DeleteBlobDeps & EraseDeps,
  { nowMs, graceMs, limit }: { readonly nowMs: number; readonly graceMs: number; readonly limit: number },
): Promise<PurgeDueCounts> {
  const before = nowMs - graceMs
  return {
    files: await purgeFiles(deps, before, limit),
    folders: await purgeFolders(deps, before, limit),
    versions: await dropVersions(deps, before, limit),
    erasures: await finishErasures(deps, before, limit),
    blobs: await deleteBlobs(deps, before, limit),
  }
}

async function purgeFiles(deps: PurgeDeps, before: number, limit: number): Promise<number> {
  const due = await deps.read.all<{ id: string; epoch: number }>(
    `SELECT id, epoch FROM file
      WHERE (state = 'trashed' AND purge_at <= ? AND legal_hold_at IS NULL) OR (state = 'purging' AND updated_at <= ?)
      ORDER BY purge_at LIMIT ?`,
    [before, before, limit],
  )
  return countDone(due, async ({ id, epoch }) => (await purgeFile(deps, id, epoch)).is === 'decided')
}

async function purgeFolders(deps: PurgeDeps, before: number, limit: number): Promise<number> {
  const due = await deps.read.all<{ id: string; epoch: number }>(
    `SELECT id, epoch FROM folder WHERE state = 'trashed' AND trash_root_id = id AND purge_at <= ?
        AND NOT EXISTS (SELECT 1 FROM file WHERE file.trash_root_id = folder.id AND file.state = 'trashed' AND file.legal_hold_at IS NOT NULL)
      ORDER BY purge_at LIMIT ?`,
    [before, limit],
  )
  return countDone(due, async ({ id, epoch }) => (await purgeTrashedFolder(deps, id, epoch)).is === 'done')
}

async function dropVersions(deps: PurgeDeps, before: number, limit: number): Promise<number> {
  const due = await deps.read.all<{ fileId: string; version: number }>(
    `SELECT file.id AS fileId, file_version.version FROM file_version JOIN file ON file.id = file_version.file_id
      WHERE drop_at <= ? AND legal_hold_at IS NULL AND state IN ('active', 'trashed') ORDER BY drop_at LIMIT ?`,
    [before, limit],
  )
  return countDone(due, async ({ fileId, version }) => {
    await deps.inTransaction((tx) => dropFileVersion(tx, fileId, version))
    return true
  })
}

async function finishErasures(deps: EraseDeps, before: number, limit: number): Promise<number> {
  const cutOff = await ids(deps.read, "SELECT id FROM file WHERE state = 'erasing' AND updated_at <= ? ORDER BY id LIMIT ?", before, limit)
  return countDone(cutOff, async (id) => {
    await deleteCondemnedBytes(deps, id)
    await deps.inTransaction((tx) => finishErasure(deps, tx, 'system', id))
    return true
  })
}

async function deleteBlobs(deps: DeleteBlobDeps, before: number, limit: number): Promise<number> {
  const left = await ids(
    deps.read,
    "SELECT id FROM stored_blob WHERE state = 'condemned' AND condemned_at <= ? ORDER BY id LIMIT ?",
    before,
    limit,
  )
  return countDone(left, async (id) => {
    await deleteCondemnedBlob(deps, id)
    return true
  })
}

/** What the store cannot delete now does not hold up what stands behind it: the first failure is thrown when all were tried. */
async function countDone<Item>(items: readonly Item[], act: (item: Item) => Promise<boolean>): Promise<number> {
  let failure: Failure | undefined
  let done = 0
  for (const item of items) {
    try {
      if (await act(item)) done++
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return done
}

async function ids(sql: Sql, text: string, before: number, limit: number): Promise<string[]> {
  const rows = await sql.all<{ id: string }>(text, [before, limit])
  return rows.map(({ id }) => id)
}
