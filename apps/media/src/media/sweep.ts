import { UniqueViolation } from '@holdfast/database'
import type { Sql } from '../kernel/tx.ts'
import type { BlobStore, StoredKey } from './blob-store.ts'
import type { CrashPoint } from './crash-point.ts'
import { type DegradedDeps, markDegraded } from './degraded.ts'
import { deleteBytes } from './delete-blob.ts'

export interface SweepDeps extends DegradedDeps {
  readonly read: Sql
  readonly blobs: BlobStore
  readonly reached: CrashPoint
}

export interface SweepRules {
  readonly nowMs: number
  /** A stray key younger than this is left alone; 0 asks no clock. */
  readonly minAgeMs: number
  /** A stray key is deleted when a sweep sees it for this many-th time. */
  readonly minSightings: number
  /** Deletions in one run, at most: a sweep that wants to delete the house is a sweep gone wrong. */
  readonly maxDeletions: number
}

export interface SweepCounts {
  readonly keys: number
  readonly strays: number
  readonly deleted: number
  readonly degraded: number
}

/** T11, both ways: keys in storage without a live row are deleted, with care; live rows without their bytes are marked, never deleted. */
export async function sweep(deps: SweepDeps, rules: SweepRules): Promise<SweepCounts> {
  const left = new Set<string>()
  let keys = 0
  let strays = 0
  let deleted = 0
  for await (const stored of deps.blobs.list()) {
    keys++
    if (await isWanted(deps.read, stored.key)) continue
    strays++
    if (deleted < rules.maxDeletions && (await judgeStray(deps, stored, rules))) deleted++
    else left.add(stored.key)
  }
  await forgetVanished(deps, left)
  return { keys, strays, deleted, degraded: await countDegraded(deps) }
}

/** Live, or about to be. A condemned blob's bytes are the business of whoever condemned it, with the periodic purge behind. */
async function isWanted(sql: Sql, key: string): Promise<boolean> {
  const row = await sql.get("SELECT 1 FROM stored_blob WHERE storage_key = ? AND state <> 'deleted'", [key])
  return row !== undefined
}

/** True when it was deleted. */
async function judgeStray(deps: SweepDeps, { key, modifiedAt }: StoredKey, rules: SweepRules): Promise<boolean> {
  const sightings = await countSighting(deps, key, rules.nowMs)
  const tooYoung = rules.minAgeMs > 0 && modifiedAt > rules.nowMs - rules.minAgeMs
  if (sightings < rules.minSightings || tooYoung) return false
  await deleteBytes(deps.blobs, key)
  deps.reached('sweep.deleted')
  return true
}

async function countSighting({ inTransaction }: SweepDeps, key: string, nowMs: number): Promise<number> {
  try {
    return await inTransaction(async ({ sql }) => {
      const before = await sql.get<{ sightings: number }>('SELECT sightings FROM stray_key WHERE storage_key = ?', [key])
      if (before === undefined) {
        await sql.run('INSERT INTO stray_key (storage_key, first_seen_at, sightings) VALUES (?, ?, 1)', [key, nowMs])
        return 1
      }
      await sql.run('UPDATE stray_key SET sightings = sightings + 1 WHERE storage_key = ?', [key])
      return before.sightings + 1
    })
  } catch (error) {
    // Two sweeps that see it first at the same time have seen it once.
    if (error instanceof UniqueViolation) return 1
    throw error
  }
}

async function forgetVanished(deps: SweepDeps, left: ReadonlySet<string>): Promise<void> {
  const remembered = await deps.read.all<{ storage_key: string }>('SELECT storage_key FROM stray_key')
  for (const { storage_key: key } of remembered) {
    if (!left.has(key)) await deps.inTransaction((tx) => tx.sql.run('DELETE FROM stray_key WHERE storage_key = ?', [key]))
  }
}

interface LiveBlob {
  readonly id: string
  readonly storage_key: string
  readonly size: number
  readonly degraded_at: number | null
}

/** How many live blobs are degraded. One whose bytes are back is no longer. */
async function countDegraded(deps: SweepDeps): Promise<number> {
  let degraded = 0
  for await (const blob of liveBlobs(deps.read)) {
    if (await isDegraded(deps, blob)) degraded++
  }
  return degraded
}

async function isDegraded(deps: SweepDeps, blob: LiveBlob): Promise<boolean> {
  const found = await deps.blobs.size(blob.storage_key)
  const wasDegraded = blob.degraded_at !== null
  if (found !== blob.size) return wasDegraded || markDegraded(deps, blob, found)
  if (wasDegraded) await deps.inTransaction(({ sql }) => sql.run('UPDATE stored_blob SET degraded_at = NULL WHERE id = ?', [blob.id]))
  return false
}

async function* liveBlobs(sql: Sql): AsyncGenerator<LiveBlob> {
  const pageSize = 500
  for (let after = ''; ; ) {
    const page = await sql.all<LiveBlob>(
      "SELECT id, storage_key, size, degraded_at FROM stored_blob WHERE state = 'live' AND id > ? ORDER BY id LIMIT ?",
      [after, pageSize],
    )
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.id
  }
}
